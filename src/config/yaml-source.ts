import type { Document, Node } from 'yaml'
import { isCollection, isMap, isNode, isScalar, LineCounter, parseDocument, visit } from 'yaml'
import { rtbridgeError } from '../domain/errors/registry.ts'
import type { SourceLocation } from '../domain/rule.ts'
import { formatLocation } from '../domain/rule.ts'
import {
  hideReferences,
  holdsHiddenCharacters,
  resolveReferences,
  showReferences,
} from './environment-references.ts'

/** Largest configuration file, bytes; what people write is below a hundredth of it. */
const maxFileBytes = 1_048_576
/** Aliases may repeat a value this often in all: more is a bomb. */
const maxAliasCount = 100

type Part = 'key' | 'value' | 'text'

/** A parsed file: its value, and where each part of it stands. */
export interface YamlSource {
  /** Plain data; null for an empty file. */
  readonly value: unknown
  /**
   * Where a value stands, its key, or the text inside its quotes; the nearest part around it when it has no place of
   * its own.
   */
  locate(path: readonly PropertyKey[], part?: Part): SourceLocation
}

/**
 * Parses a configuration file and resolves its environment references.
 * @param bytes the content of the file
 * @throws RTB_CONFIG_UNREADABLE, RTB_CONFIG_SYNTAX, RTB_CONFIG_UNSET
 */
export function parseYamlSource(
  file: string,
  bytes: Uint8Array,
  env: Readonly<Record<string, string | undefined>>,
): YamlSource {
  const lines = new LineCounter()
  const source = { file, lines, document: parse(file, decode(file, bytes), lines) }
  resolveScalars(source, env)
  return {
    value: toData(source),
    locate: (path, part = 'value') => locate(source, path, part),
  }
}

interface Source {
  readonly file: string
  readonly lines: LineCounter
  readonly document: Document.Parsed
}

function decode(file: string, bytes: Uint8Array): string {
  const unreadable = (problem: string, cause?: unknown) =>
    rtbridgeError('RTB_CONFIG_UNREADABLE', { path: file, problem }, cause)
  if (bytes.length > maxFileBytes) throw unreadable(`it has ${bytes.length} bytes, more than ${maxFileBytes}`)
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    throw unreadable('it is not UTF-8', error)
  }
  if (text.includes('\0')) throw unreadable('it holds a NUL character')
  if (holdsHiddenCharacters(text)) throw unreadable('it holds private-use characters (U+E000 to U+E07F)')
  return text
}

function parse(file: string, text: string, lines: LineCounter): Document.Parsed {
  let document: Document.Parsed
  try {
    document = parseDocument(hideReferences(text), {
      lineCounter: lines,
      prettyErrors: false,
      version: '1.2',
      stringKeys: true,
    })
  } catch (error) {
    throw rtbridgeError('RTB_CONFIG_UNREADABLE', { path: file, problem: 'it is nested too deeply' }, error)
  }
  const [error] = document.errors
  if (error === undefined) return document
  const location = toLocation(file, lines, error.pos[0])
  const problem = problems[error.code] ?? showReferences(error.message)
  throw rtbridgeError('RTB_CONFIG_SYNTAX', { location: formatLocation(location), problem }, error)
}

/** What the parser says, in the words of someone who writes a configuration. */
const problems: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: 'a tab indents this line; YAML wants spaces',
  DUPLICATE_KEY: 'this key is there already',
  NON_STRING_KEY: 'a key has to be text',
  RESOURCE_EXHAUSTION: 'this is nested too deeply',
  MULTIPLE_DOCS: 'a second document begins here; one file is one configuration',
  BLOCK_AS_IMPLICIT_KEY: 'a second colon stands on this line; put the value in quotes',
}

function resolveScalars(source: Source, env: Readonly<Record<string, string | undefined>>): void {
  visit(source.document, {
    Scalar: (key, node) => {
      if (typeof node.value !== 'string' || !holdsHiddenCharacters(node.value)) return
      node.value =
        key === 'key'
          ? showReferences(node.value)
          : resolveReferences(node.value, env, toLocation(source.file, source.lines, node.range?.[0] ?? 0))
    },
  })
}

function toData({ file, document }: Source): unknown {
  try {
    return document.toJS({ maxAliasCount })
  } catch (error) {
    const problem =
      error instanceof ReferenceError ? 'an alias is unknown, or repeats too much' : 'it is nested too deeply'
    throw rtbridgeError('RTB_CONFIG_UNREADABLE', { path: file, problem }, error)
  }
}

function locate({ file, lines, document }: Source, path: readonly PropertyKey[], part: Part): SourceLocation {
  let node: unknown = document.contents
  let position = 0
  let found: unknown = null
  for (const [index, step] of path.entries()) {
    const wanted = String(step)
    const last = index === path.length - 1
    const pair = isMap(node)
      ? node.items.find(item => isScalar(item.key) && String(item.key.value) === wanted)
      : null
    if (pair === undefined || (pair === null && !isCollection(node))) break
    node = pair === null ? isCollection(node) && node.get(Number(wanted), true) : pair.value
    const key: unknown = pair?.key
    found = (last && part === 'key') || !isNode(node) ? (key ?? node) : node
    position = startOf(found) ?? position
  }
  return toLocation(file, lines, position + (part === 'text' ? openingOf(found) : 0))
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? (node as Node).range?.[0] : undefined
}

/** Characters before the content of a text: its quote. A block text (`|`) is placed at its sign. */
function openingOf(node: unknown): number {
  return isScalar(node) && (node.type === 'QUOTE_DOUBLE' || node.type === 'QUOTE_SINGLE') ? 1 : 0
}

function toLocation(file: string, lines: LineCounter, offset: number): SourceLocation {
  const { line, col } = lines.linePos(offset)
  return { file, line: Math.max(1, line), column: Math.max(1, col) }
}
