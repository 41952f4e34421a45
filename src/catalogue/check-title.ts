import type { Translator } from './translator.ts'

/** What a check of the doctor is called; one of a newer hub, which is not known here, keeps its name. */
export function checkTitle(name: string, { text, has }: Translator): string {
  const key = `doctor.check.${name}`
  return has(key) ? text(key) : name
}
