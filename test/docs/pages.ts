import { existsSync, readdirSync, readFileSync } from 'node:fs'

const project = new URL('../../', import.meta.url)

/** A page of the documentation. */
export interface Page {
  /** `README.md`, `docs/tutorial.md`. */
  readonly name: string
  readonly url: URL
  readonly text: string
}

/** A block of code in a page. */
export interface Block {
  readonly page: string
  /** Where it begins, from 1. */
  readonly line: number
  /** What stands behind the fence; '' for an indented block. */
  readonly language: string
  readonly text: string
  /** The file that the sentence before it says to save it as; null when it says nothing of it. */
  readonly saveAs: string | null
  /** The sentence before it says that it goes into another terminal. */
  readonly newTerminal: boolean
}

/** README, CONTRIBUTING, docs and the notes of the examples, both in the order of their names. */
export function readPages(): readonly Page[] {
  const docs = readdirSync(new URL('docs/', project)).filter(name => name.endsWith('.md'))
  const notes = readdirSync(new URL('examples/', project))
    .map(name => `examples/${name}/README.md`)
    .filter(name => existsSync(new URL(name, project)))
  return ['README.md', 'CONTRIBUTING.md', ...docs.map(name => `docs/${name}`), ...notes].map(name => {
    const url = new URL(name, project)
    return { name, url, text: readFileSync(url, 'utf8') }
  })
}

/** Every fenced and every indented block of a page. */
export function blocksOf({ name, text }: Pick<Page, 'name' | 'text'>): readonly Block[] {
  const blocks: Block[] = []
  let open: { line: number; language: string; lines: string[] } | null = null
  let before = ''
  const close = () => {
    if (open === null) return
    const saveAs = /[Ss]ave (?:it|this) as `([^`]+)`:$/.exec(before)?.[1] ?? null
    const { line, language, lines } = open
    const newTerminal = /\bsecond (one|terminal)/.test(before)
    blocks.push({ page: name, line, language, text: `${lines.join('\n').trimEnd()}\n`, saveAs, newTerminal })
    open = null
    before = ''
  }
  for (const [index, line] of text.split('\n').entries()) {
    const isFenced = open !== null && open.language !== ''
    if (line.startsWith('```')) {
      if (isFenced) close()
      else {
        close()
        open = { line: index + 1, language: line.slice(3).trim() || 'text', lines: [] }
      }
    } else if (isFenced) open?.lines.push(line)
    else if (line.startsWith('    ')) {
      open ??= { line: index + 1, language: '', lines: [] }
      open.lines.push(line.slice(4))
    } else if (line.trim() === '') open?.lines.push('')
    else {
      close()
      before = line
    }
  }
  close()
  return blocks
}
