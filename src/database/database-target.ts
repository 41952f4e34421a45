import pg from 'pg'
import { connectionSettings, type DatabaseOptions } from './connection-settings.ts'

/** What a connection would be made to. */
export interface DatabaseTarget {
  /** A name, an address, or the folder of a socket. */
  readonly host: string
  readonly port: number
  readonly user: string
  readonly database: string
}

/** Where these options lead, with the driver's defaults filled in. Nothing is connected. */
export function databaseTarget(options: DatabaseOptions): DatabaseTarget {
  try {
    const { host, port, user, database } = new pg.Client(connectionSettings(options, 'admin'))
    return { host, port, user: user ?? '', database: database ?? '' }
  } catch {
    // Connecting has said what is wrong with the URL.
    return { host: 'localhost', port: 5432, user: '', database: '' }
  }
}
