import { access, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Config } from '../../config/config.ts'
import { loadConfig } from '../../config/load-config.ts'
import { counted } from '../../domain/counted.ts'
import { rtbridgeError, toRtbridgeError } from '../../domain/errors/registry.ts'
import { readCatalogue } from '../../install/catalogue.ts'
import { confirm } from '../confirm.ts'
import { type CommandContext, loadSettings, withSession } from '../context.ts'
import type { Output } from '../output.ts'
import { visibleText } from '../visible-text.ts'
import { type ProposedTable, proposeTables } from './propose-tables.ts'
import { renderConfig } from './render-config.ts'

interface InitOptions {
  readonly output: string
  readonly force?: boolean
  readonly yes?: boolean
}

export async function runInit(context: CommandContext, options: InitOptions): Promise<void> {
  const { host, output } = context
  const path = options.output === '-' ? null : resolve(host.cwd, options.output)
  if (path !== null && options.force !== true && (await exists(path))) {
    throw rtbridgeError('RTB_COMMAND_FILE_EXISTS', { path })
  }
  const { config, fromDatabaseUrl } = loadDatabase(context)
  const { tables, database } = await lookAtDatabase(config, output, fromDatabaseUrl)
  const text = renderConfig({ database, fromDatabaseUrl, tables })
  if (path === null) return output.write(text)
  printProposal(tables, output)
  const asks = host.stdin.isTTY === true && !output.isJson
  await confirm(context, `write ${path}`, options.yes === true || !asks)
  await write(path, text, options.force === true)
  const proposed = tables.filter(({ doubt }) => doubt === null)
  output.print(`${output.style('green', 'Written:')} ${path} with ${counted(proposed.length, 'table')}.`)
  output.say('next: look it over, then rtbridge config check, then rtbridge install-triggers')
  output.json({
    version: 1,
    path,
    tables: tables.map(({ schema, name, channel, exclude, doubt }) => ({
      schema,
      name,
      channel,
      exclude,
      doubt,
    })),
  })
}

/** A configuration that is only there to be replaced says nothing about the database. */
function loadDatabase(context: CommandContext): { config: Config; fromDatabaseUrl: boolean } {
  const { host, globals } = context
  if (globals.config !== null) return { config: loadSettings(context).config, fromDatabaseUrl: true }
  const url = host.env['RTBRIDGE_DATABASE_URL'] === undefined ? host.env['DATABASE_URL'] : undefined
  const readFile = () => {
    throw Object.assign(new Error('not looked at'), { code: 'ENOENT' })
  }
  const env = { ...host.env, RTBRIDGE_CONFIG: undefined }
  const { config } = loadConfig({ flags: { 'database.url': url }, env, cwd: host.cwd, readFile })
  return { config, fromDatabaseUrl: url !== undefined }
}

async function lookAtDatabase(
  config: Config,
  output: Output,
  isNamed: boolean,
): Promise<{ tables: readonly ProposedTable[]; database: string }> {
  try {
    return await withSession(config, async session => {
      const [row] = await session.query('SELECT current_database() AS name')
      return { tables: proposeTables(await readCatalogue(session)), database: row?.['name'] ?? '' }
    })
  } catch (error) {
    if (!isNamed) {
      output.note('init looks at the tables of a database. Name it with one of:')
      output.note('  export DATABASE_URL=postgres://user@host:5432/name')
      output.note('  export PGHOST=… PGUSER=… PGDATABASE=…')
    }
    throw toRtbridgeError(error, 'init')
  }
}

function printProposal(tables: readonly ProposedTable[], output: Output): void {
  for (const { schema, name, stem, exclude, doubt } of tables) {
    const without = exclude.length === 0 ? '' : `, without ${exclude.join(', ')}`
    const what =
      doubt === null ? `${stem}_CREATED, _UPDATED, _DELETED${without}` : `as a comment only. ${doubt}`
    output.say(visibleText(`  - ${schema}.${name}: ${what}`))
  }
  if (tables.length === 0) output.warn('this database has no table yet; the file has none either')
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

async function write(path: string, text: string, force: boolean): Promise<void> {
  try {
    await writeFile(path, text, { flag: force ? 'w' : 'wx' })
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') throw rtbridgeError('RTB_COMMAND_FILE_EXISTS', { path }, error)
    throw rtbridgeError('RTB_COMMAND_WRITE', { path, problem: code ?? message }, error)
  }
}
