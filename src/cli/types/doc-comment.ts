import { visibleText } from '../visible-text.ts'

/**
 * A JSDoc comment: one line for one short remark, else a paragraph for each. What stands in the remarks cannot end the
 * comment, and the first word of the comment's last line is never theirs: `@ts-expect-error` there would mean something.
 * @param indent what each line begins with
 */
export function docComment(remarks: readonly string[], indent: string): readonly string[] {
  const paragraphs = remarks.map(remark => remark.split(/\r\n|\r|\n/).map(harmless))
  const [[only = ''] = [], ...more] = paragraphs
  if (more.length === 0 && paragraphs[0]?.length === 1) return [`${indent}/** ${only} */`]
  const lines = paragraphs.flatMap((paragraph, index) => (index === 0 ? paragraph : ['', ...paragraph]))
  return [`${indent}/**`, ...lines.map(line => `${indent} * ${line}`.trimEnd()), `${indent} */`]
}

function harmless(line: string): string {
  return visibleText(line).replaceAll('*/', '*\\/')
}
