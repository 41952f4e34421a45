import type { AdminSession } from '../../database/admin-session.ts'
import { RtbridgeError, rtbridgeError } from '../../domain/errors/registry.ts'
import { type CommandContext, loadSettingsAloud, withSession } from '../context.ts'

interface PublishOptions {
  readonly room?: string
  readonly origin?: string
}

/** Words that name row changes; see `sql/install/0005_publish.sql`. */
const reserved = ['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']

export async function runPublish(
  context: CommandContext,
  options: PublishOptions,
  [eventType = '', argument = '{}']: readonly (string | undefined)[],
): Promise<void> {
  if (!/^[A-Za-z][A-Za-z0-9_.:-]{0,99}$/.test(eventType) || reserved.includes(eventType)) {
    throw rtbridgeError('RTB_PUBLISH_EVENT_TYPE', { eventType: eventType.slice(0, 100) })
  }
  const data = argument === '-' ? await readAll(context.host.stdin) : argument
  checkJson(data)
  const { config } = loadSettingsAloud(context)
  const seq = await withSession(config, session => publish(session, { eventType, data, ...options }))
  const { output } = context
  output.print(`published ${eventType} as seq ${seq}`)
  output.json({ version: 1, event_type: eventType, seq })
}

async function readAll(stdin: NodeJS.ReadableStream): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of stdin) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks).toString('utf8')
}

/** The text itself goes to the database: what JavaScript makes of it would lose digits. */
function checkJson(text: string): void {
  try {
    JSON.parse(text)
  } catch (error) {
    const problem =
      text.trim() === '' ? 'it is empty' : error instanceof Error ? error.message : String(error)
    throw rtbridgeError('RTB_PUBLISH_NOT_JSON', { problem }, error)
  }
}

async function publish(
  session: AdminSession,
  event: PublishOptions & { readonly eventType: string; readonly data: string },
): Promise<string> {
  const { eventType, data, room = null, origin = null } = event
  try {
    const values = [eventType, data, room]
    const [row] =
      origin === null
        ? await session.query('SELECT rtbridge.publish($1, $2::jsonb, $3) AS seq', values)
        : await session.query(publishWithOrigin, [...values, origin])
    return row?.['seq'] ?? ''
  } catch (error) {
    throw isNotInstalled(error) ? rtbridgeError('RTB_INSTALL_MISSING', {}, error) : error
  }
}

const publishWithOrigin = `SELECT set_config('rtbridge.origin', $4, true), rtbridge.publish($1, $2::jsonb, $3) AS seq`

/** 3F000: no schema rtbridge; 42883: no such function in it. */
function isNotInstalled(error: unknown): boolean {
  const cause = error instanceof RtbridgeError ? (error.cause as { code?: unknown } | undefined) : undefined
  return cause?.code === '3F000' || cause?.code === '42883'
}
