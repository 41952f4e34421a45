import type { Session } from '../database/session.ts'
import { installFiles, readSql } from '../database/sql-file.ts'
import { rtbridgeError } from '../domain/errors/registry.ts'

/**
 * Makes sure that this program can work with what is installed.
 * @throws RTB_INSTALL_MISSING, RTB_INSTALL_OUTDATED, RTB_INSTALL_NEWER, RTB_DATABASE_*
 */
export async function checkSchema(session: Pick<Session, 'query'>): Promise<void> {
  const [server = {}] = await session.query(readSql('query/read_installation.sql'))
  if (server['standby'] === 't')
    throw rtbridgeError('RTB_DATABASE_STANDBY', { detail: 'recovery is in progress' })
  if (server['migration_exists'] !== 't') throw rtbridgeError('RTB_INSTALL_MISSING', {})
  const installed = (await session.query(readSql('query/list_migrations.sql'))).length
  const needed = installFiles().length
  if (installed < needed) throw rtbridgeError('RTB_INSTALL_OUTDATED', { installed, needed })
  if (installed > needed) throw rtbridgeError('RTB_INSTALL_NEWER', { installed, needed })
}
