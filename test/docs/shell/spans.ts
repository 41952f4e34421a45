import { blocksOf, type Page, readPages } from '../pages.ts'
import { isCommand, isNameOnly } from './check-words.ts'
import { callsProgram, commandsOf } from './split-commands.ts'

/** `<name>`, `‹port›`, `…`, `create|check`: a reader puts something else there. */
const placeholder = /<[a-z-]+>|‹|…|\w\|\w/

/** A word and an option: a program, known or not, unless the word is a command of rtbridge. */
const withOption = /^[a-z][\w.-]* (.* )?--?[a-z]/i

/** Every code span of a page that begins with a program and goes on. */
export function callsInSentences({ text }: Pick<Page, 'text'>): readonly string[] {
  const sentences = text.replaceAll(/^```.*?^```/gms, '').replaceAll(/^ {4}.*$/gm, '')
  const spans = [...sentences.matchAll(/`([^`]+)`/g)].map(([, span = '']) => span.replaceAll(/\s+/g, ' '))
  return spans.filter(span => callsProgram(span) || (withOption.test(span) && !isCommand(span)))
}

/**
 * The commands in the sentences of each page that have to be run besides those of the blocks: each once, on the page
 * that has it first. A span is not one of them
 * - when a block has the same text, or has it as a part of `a && b`;
 * - with a placeholder in it;
 * - when it is only the name of a longer command that is run: of rtbridge one that takes arguments or has commands below
 *   it (`rtbridge trace`, `rtbridge cert`), else a program with one word (`curl -N`).
 */
export function spansToRun(pages: readonly Page[]): ReadonlyMap<string, readonly string[]> {
  const inBlocks = pages.flatMap(blocksOf).flatMap(commandsOf)
  const seen = new Set(inBlocks.flatMap(command => [command, ...command.split(' && ')]))
  const whole = [...seen, ...pages.flatMap(callsInSentences).filter(span => !placeholder.test(span))]
  const isName = (span: string) =>
    (span.startsWith('rtbridge ') ? isNameOnly(span) : /^\S+ \S+$/.test(span)) &&
    whole.some(command => command.startsWith(`${span} `))
  const firstOf = (page: Page) =>
    callsInSentences(page).filter(span => {
      if (seen.has(span) || placeholder.test(span) || isName(span)) return false
      seen.add(span)
      return true
    })
  return new Map(pages.map(page => [page.name, firstOf(page)]))
}

/** Those of the pages of this project. */
export const spansOfPages = spansToRun(readPages())
