import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What kinds of explained differences there are, for the report; the README says what each means. */
export const kinds = ['introspection', 'harness', 'timing', 'behaviour']

/**
 * Reads what the list says about one test.
 *
 * @param folder holds `<test>.diff` for each test that differs
 * @returns entries: `kind`, `why`, `lines`, `mixed`; none when there is no such file
 * @throws SyntaxError for an entry without a kind and a reason
 */
export function readExplained(folder, test) {
  const file = join(folder, `${test}.diff`)
  return existsSync(file) ? parseExplained(readFileSync(file, 'utf8'), file) : []
}

/**
 * One file of the list: `# kind: why` holds for the entries up to the next such line. `@@` begins an entry, which explains
 * exactly one difference; `@@*` begins one that explains every difference made of such lines only, in whatever number.
 */
export function parseExplained(text, name) {
  const entries = []
  let explanation = null
  for (const line of text.split('\n')) {
    const found = /^# (\w+): *(.*)$/.exec(line)
    if (found !== null) explanation = { kind: found[1], why: found[2] }
    else if (line.startsWith('@@'))
      entries.push({ ...explained(explanation, name), mixed: line.startsWith('@@*'), lines: [] })
    else if (line !== '') entries.at(-1).lines.push(line)
  }
  return entries
}

/**
 * Tables whose contents the journal rightly does not give: `journal.tables`, each line `name: why`.
 *
 * @returns the reason by name
 */
export function readExplainedTables(folder) {
  const file = join(folder, 'journal.tables')
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : []
  return new Map(
    lines.map(line => /^([^#:]+): (.+)$/.exec(line)).flatMap(found => (found ? [[found[1], found[2]]] : [])),
  )
}

function explained(explanation, name) {
  if (kinds.includes(explanation?.kind) && explanation.why !== '') return explanation
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
    const entry = entries.find(candidate => explains(candidate, hunk.lines))
    if (entry === undefined) unknown.push(hunk)
    else known.push(entry)
  }
  return { known, unknown }
}

function explains({ mixed, lines: expected }, lines) {
  const patterns = expected.map(toPattern)
  if (mixed) return lines.every(line => patterns.some(pattern => pattern.test(line)))
  return lines.length === patterns.length && lines.every((line, at) => patterns[at].test(line))
}

function toPattern(line) {
  const parts = line.split('…').map(part => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
  return new RegExp(`^${parts.join('.*')}$`)
}

/** Hunks as they stand in a file of the list, where somebody then has to say why. */
export function renderHunks(hunks) {
  return hunks.map(({ near, lines }) => [`@@ ${near}`.trimEnd(), ...lines].join('\n')).join('\n\n')
}
