import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What kinds of explained differences there are, for the report; the README says what each means. */
export const kinds = ['introspection', 'harness', 'timing', 'behaviour']

/**
 * Reads the list of explained differences: `<suite>/<test>.diff` below a folder; a folder that is not there
 * explains nothing.
 *
 * @returns by `suite/test`, the hunks: `kind`, `why`, `lines`
 * @throws SyntaxError for a hunk without an explanation before it
 */
export function readExplained(folder) {
  const explained = new Map()
  if (!existsSync(folder)) return explained
  for (const suite of readdirSync(folder)) {
    for (const file of readdirSync(join(folder, suite)).sort()) {
      const name = `${suite}/${file.replace(/\.diff$/, '')}`
      explained.set(name, parseExplained(readFileSync(join(folder, suite, file), 'utf8'), name))
    }
  }
  return explained
}

/** One file of the list: `# kind: why` holds for the hunks up to the next such line; `@@` begins a hunk. */
export function parseExplained(text, name) {
  const hunks = []
  let explanation = null
  for (const line of text.split('\n')) {
    const found = /^# (\w+): (.+)$/.exec(line)
    if (found !== null) explanation = { kind: found[1], why: found[2] }
    else if (line.startsWith('@@')) hunks.push({ ...explained(explanation, name), lines: [] })
    else if (line !== '') hunks.at(-1).lines.push(line)
  }
  return hunks
}

function explained(explanation, name) {
  if (kinds.includes(explanation?.kind)) return explanation
  throw new SyntaxError(
    `${name}: each hunk stands under a line "# kind: why" with one of ${kinds.join(', ')}`,
  )
}

/**
 * Separates the differences of a test that the list explains from those that it does not. Where a hunk stands does not
 * matter; `…` in a line of the list stands for any characters.
 *
 * @returns `known` (entries of the list) and `unknown` (hunks)
 */
export function matchExplained(hunks, entries = []) {
  const known = []
  const unknown = []
  for (const hunk of hunks) {
    const entry = entries.find(({ lines }) => isSame(hunk.lines, lines))
    if (entry === undefined) unknown.push(hunk)
    else known.push(entry)
  }
  return { known, unknown }
}

function isSame(lines, expected) {
  return lines.length === expected.length && lines.every((line, at) => toPattern(expected[at]).test(line))
}

function toPattern(line) {
  const parts = line.split('…').map(part => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
  return new RegExp(`^${parts.join('.*')}$`)
}

/** Hunks as they stand in a file of the list, where somebody then has to say why. */
export function renderHunks(hunks) {
  return hunks.map(({ near, lines }) => [`@@ ${near}`.trimEnd(), ...lines].join('\n')).join('\n\n')
}
