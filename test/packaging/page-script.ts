import { readPages } from '../docs/pages.ts'
import { commandsOfPage, runnerOf } from '../docs/shell/runners.ts'
import { callsInSentences } from '../docs/shell/spans.ts'

/** The commands of a page for a test that does something between them. */
export class PageScript {
  readonly #test: string
  readonly #page: string
  readonly #commands: readonly string[]
  /** Those of its sentences; others may run them, too. */
  readonly #sentences: readonly string[]
  readonly #taken = new Set<string>()

  /**
   * @param test the file that takes them, as the table of runners names it
   * @param page `docs/debian.md`
   */
  constructor(test: string, page: string) {
    this.#test = test
    this.#page = page
    this.#commands = commandsOfPage(page)
    this.#sentences = readPages()
      .filter(({ name }) => name === page)
      .flatMap(callsInSentences)
  }

  /** The only command of the page that matches. */
  take(pattern: RegExp): string {
    const matching = (some: readonly string[]) => [...new Set(some)].filter(command => pattern.test(command))
    const own = matching(this.#commands)
    const [found, second] = own.length > 0 ? own : matching(this.#sentences)
    if (found === undefined) throw new Error(`${this.#page} has no command ${pattern}`)
    if (second !== undefined)
      throw new Error(`${this.#page} has two commands ${pattern}: ${found}, ${second}`)
    this.#taken.add(found)
    return found
  }

  /** All of them, from the first that matches up to the last that does. */
  takeFromTo(first: RegExp, last: RegExp): readonly string[] {
    const from = this.#commands.indexOf(this.take(first))
    const to = this.#commands.lastIndexOf(this.take(last))
    const taken = this.#commands.slice(from, to + 1)
    for (const command of taken) this.#taken.add(command)
    return taken
  }

  /** Those that the test was to take, and has not. */
  get left(): readonly string[] {
    return this.#commands.filter(
      command => runnerOf(this.#page, command) === this.#test && !this.#taken.has(command),
    )
  }
}
