import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { counted } from '../../domain/counted.ts'
import { rtbridgeError } from '../../domain/errors/registry.ts'
import { type CommandContext, loadSettingsAloud, withSession } from '../context.ts'
import type { Output } from '../output.ts'
import { visibleText } from '../visible-text.ts'
import { buildModel } from './build-model.ts'
import { type Difference, listDifferences } from './list-differences.ts'
import { renderJsonSchema } from './render-json-schema.ts'
import { renderTypescript } from './render-typescript.ts'
import type { TypeModel } from './value-type.ts'

interface TypesOptions {
  readonly out?: string
  readonly format: 'ts' | 'json-schema'
  readonly check?: boolean
  readonly table?: readonly string[]
}

/** Lines that are shown of what differs. */
const maxDifferences = 20

export async function runTypes(context: CommandContext, options: TypesOptions): Promise<void> {
  const { host, output } = context
  const { out, format, check = false, table = [] } = options
  if (check && out === undefined) throw checkNeedsFile()
  const { config } = loadSettingsAloud(context)
  const model = await withSession(config, session => buildModel(session, config, table))
  for (const note of model.notes) output.warn(visibleText(note))
  const render = format === 'ts' ? renderTypescript : renderJsonSchema
  const text = render(model, commandFor(options, '<this file>'))
  if (out === undefined) {
    if (output.isJson) output.json({ ...describe(model, options), text })
    else output.write(text)
    return
  }
  const file = { path: resolve(host.cwd, out), command: commandFor(options, out) }
  if (check) return checkFile(file, text, { output, described: describe(model, options) })
  const changed = (await readText(file.path)) !== text
  if (changed) await write(file.path, text)
  output.print(
    `${output.style('green', changed ? 'Written:' : 'Unchanged:')} ${visibleText(file.path)} with ${counted(model.tables.length, 'table')}, ${counted(model.events.length, 'event')}.`,
  )
  output.json({ ...describe(model, options), path: file.path, changed })
}

/** The command line that makes a file, the same wherever it is run. */
function commandFor({ format, table = [] }: TypesOptions, out: string): string {
  const formatOption = format === 'ts' ? '' : ` --format ${format}`
  const tables = table.length === 0 ? '' : ` --table ${table.map(quoteForShell).join(' ')}`
  return `rtbridge types --out ${out.startsWith('<') ? out : quoteForShell(out)}${formatOption}${tables}`
}

function quoteForShell(word: string): string {
  return /^[\w./:@%+-]+$/.test(word) ? word : `'${visibleText(word).replaceAll("'", `'\\''`)}'`
}

function describe({ tables, events }: TypeModel, { format }: TypesOptions): object {
  return {
    version: 1,
    format,
    tables: tables.map(({ label }) => label),
    events: events.map(({ name }) => name),
  }
}

async function checkFile(
  { path, command }: { path: string; command: string },
  expected: string,
  { output, described }: { output: Output; described: object },
): Promise<void> {
  const found = await readText(path)
  // Git may have given it the line ends of the platform.
  const differences = found === null ? [] : listDifferences(found.replaceAll('\r\n', '\n'), expected)
  const isCurrent = found !== null && differences.length === 0
  output.json({ ...described, path, current: isCurrent, differences })
  if (isCurrent)
    return output.print(`${output.style('green', 'ok:')} ${visibleText(path)} is what it should be.`)
  printDifferences(differences, path, output)
  const problem = found === null ? 'cannot be read' : `differs in ${counted(differences.length, 'line')}`
  throw rtbridgeError('RTB_TYPES_OUTDATED', { path, problem, command })
}

function printDifferences(differences: readonly Difference[], path: string, output: Output): void {
  if (differences.length > 0) output.print(`What differs in ${visibleText(path)}:`)
  for (const { line, kind, text } of differences.slice(0, maxDifferences)) {
    output.print(`  ${String(line).padStart(5)} ${kind === 'removed' ? '-' : '+'} ${visibleText(text)}`)
  }
  const left = differences.length - maxDifferences
  if (left > 0) output.print(`  and ${left} more`)
}

/** Null when it is not there, or cannot be read: then it is written anew, or is not what it should be. */
async function readText(path: string): Promise<string | null> {
  return readFile(path, 'utf8').catch(() => null)
}

/** Makes the folder, too, where it is missing. */
async function write(path: string, text: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, text)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw rtbridgeError('RTB_COMMAND_WRITE', { path, problem: code ?? message }, error)
  }
}

function checkNeedsFile() {
  return rtbridgeError('RTB_COMMAND_USAGE', {
    problem: '--check compares with the file of --out, which is missing',
    command: 'rtbridge types',
    suggestion: null,
  })
}
