import type { AdminSession } from '../../database/admin-session.ts'
import { tableLabel } from '../../domain/change.ts'
import { counted } from '../../domain/counted.ts'
import { rtbridgeError } from '../../domain/errors/registry.ts'
import { type Catalogue, readCatalogue } from '../../install/catalogue.ts'
import { uninstall, uninstallScript } from '../../install/uninstall.ts'
import { confirm } from '../confirm.ts'
import { type CommandContext, loadSettingsAloud, withSession } from '../context.ts'
import { visibleText } from '../visible-text.ts'

interface UninstallOptions {
  readonly keepJournal?: boolean
  readonly dryRun?: boolean
  readonly sql?: boolean
  readonly yes?: boolean
}

/** What there is to remove. */
interface Removal {
  readonly tables: readonly string[]
  readonly schema: boolean
}

export async function runUninstall(context: CommandContext, options: UninstallOptions): Promise<void> {
  const { output } = context
  const { config } = loadSettingsAloud(context)
  await withSession(config, async session => {
    const catalogue = await readCatalogue(session)
    const keepJournal = options.keepJournal === true
    if (options.sql === true) return output.write(uninstallScript(catalogue, keepJournal))
    const removal = findRemoval(catalogue, keepJournal)
    if (removal.tables.length === 0 && !removal.schema) {
      output.print('Nothing to remove: rtbridge is not installed in this database.')
      return output.json(removalToJson(removal, false))
    }
    if (options.dryRun === true) {
      output.print(`Would ${describe(removal)}.`)
      return output.json(removalToJson(removal, false))
    }
    await confirm(context, describe(removal), options.yes === true)
    await remove(session, catalogue, { context, keepJournal })
    output.json(removalToJson(removal, true))
  })
}

function findRemoval(catalogue: Catalogue, keepJournal: boolean): Removal {
  const tables = catalogue.tables.filter(table => table.triggers.length > 0).map(tableLabel)
  return { tables, schema: catalogue.migrations !== null && !keepJournal }
}

function describe({ tables, schema }: Removal): string {
  const triggers = `remove the triggers of ${counted(tables.length, 'table')}${tables.length === 0 ? '' : `: ${tables.join(', ')}`}`
  const journal = schema ? 'drop the schema rtbridge with every change that is journalled' : null
  return visibleText(
    [...(tables.length > 0 ? [triggers] : []), ...(journal === null ? [] : [journal])].join(', and '),
  )
}

async function remove(
  session: AdminSession,
  catalogue: Catalogue,
  { context: { output }, keepJournal }: { context: CommandContext; keepJournal: boolean },
): Promise<void> {
  await uninstall(session, catalogue, {
    keepJournal,
    onRelease: table => output.say(`  - release ${visibleText(tableLabel(table))}`),
    onRetry: (what, attempt) => output.note(`    ${visibleText(what)} is in use, attempt ${attempt}`),
  })
  const left = findRemoval(await readCatalogue(session), keepJournal)
  if (left.tables.length > 0 || left.schema) {
    throw rtbridgeError('RTB_INSTALL_LOCKED', { table: [...left.tables, 'rtbridge'].join(', '), attempts: 1 })
  }
  output.print(
    keepJournal
      ? `${output.style('green', 'Removed:')} no trigger of rtbridge is left. The journal is kept; remove it by running this again without --keep-journal.`
      : `${output.style('green', 'Removed:')} nothing of rtbridge is left in this database.`,
  )
}

function removalToJson({ tables, schema }: Removal, applied: boolean): object {
  return { version: 1, applied, tables, schema_removed: schema }
}
