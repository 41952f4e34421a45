import type { SeenEvent } from './event-log.ts'

export type CopyForm = 'sql' | 'typescript' | 'curl' | 'json'

export interface CopyOptions {
  /** `http://office-server:8765` */
  readonly origin: string
  /** Somebody has to show who he is; the text names a variable, never a token. */
  readonly isSignedIn: boolean
}

/** An event as a text to go on with: how to make it again or find it, how to listen for its like, or the event itself. */
export function copyAs(event: SeenEvent, form: CopyForm, options: CopyOptions): string {
  if (form === 'sql') return asSql(event)
  if (form === 'typescript') return asTypescript(event, options)
  if (form === 'curl') return asCurl(event, options)
  return JSON.stringify(event, null, 2)
}

/** The statement that does the same; where one cannot tell, that which finds the change in the journal. */
function asSql({ op, event_type: type, table, data, seq }: SeenEvent): string {
  if (op === 'INSERT' && type === 'INSERT' && table !== null) {
    const name = table.split('.').map(quoteName).join('.')
    return `INSERT INTO ${name}\nSELECT * FROM jsonb_populate_record(NULL::${name}, ${quoteText(JSON.stringify(data))}::jsonb);`
  }
  if (op === 'PUBLISH') {
    return `SELECT rtbridge.publish(${quoteText(type)}, ${quoteText(JSON.stringify(data))}::jsonb);`
  }
  return `SELECT * FROM rtbridge.journal WHERE seq = ${seq ?? 'NULL'};`
}

function asTypescript({ event_type: type, table }: SeenEvent, { origin, isSignedIn }: CopyOptions): string {
  const filter = { events: [type], ...(table === null ? {} : { tables: [table] }) }
  const token = isSignedIn ? ', getToken: () => token' : ''
  return [
    "import { createClient } from 'rtbridge/client'",
    '',
    `const client = createClient({ url: '${origin.replace(/^http/, 'ws')}', appName: 'my app'${token} })`,
    `client.subscribe(${JSON.stringify(filter)}, event => console.log(event.data))`,
  ].join('\n')
}

function asCurl({ event_type: type, table }: SeenEvent, { origin, isSignedIn }: CopyOptions): string {
  const query = new URLSearchParams({ events: type, ...(table === null ? {} : { tables: table }) })
  const header = isSignedIn ? '-H "Authorization: Bearer $RTBRIDGE_TOKEN" ' : ''
  return `curl -N ${header}${quoteShell(`${origin}/events?${query}`)}`
}

function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** As a literal that means the same whatever `standard_conforming_strings` is. */
function quoteText(text: string): string {
  const quoted = text.replaceAll("'", "''")
  return text.includes('\\') ? `E'${quoted.replaceAll('\\', '\\\\')}'` : `'${quoted}'`
}

function quoteShell(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
