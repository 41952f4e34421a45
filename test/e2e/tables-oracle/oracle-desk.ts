import { WebSocket } from 'ws'
import type { Client } from '../../../src/client/create-client.ts'
import { createClient } from '../../../src/client/create-client.ts'
import type { LiveTable } from '../../../src/client/tables/live-table.ts'
import type { Random } from '../../client/tables/model-database.ts'
import { type OracleSpec, type OracleTable, randomSpec } from './random-schema.ts'

/** What a live table showed at a checkpoint. */
export interface Sighting {
  readonly spec: OracleSpec
  readonly cursor: string
  readonly rows: readonly Readonly<Record<string, unknown>>[]
}

/** One app with some live tables, and notes of what they showed. */
export class OracleDesk {
  readonly #url: () => string[]
  readonly #sockets = new Set<WebSocket>()
  readonly sightings: Sighting[] = []
  readonly problems: string[] = []
  readonly specs: readonly OracleSpec[]
  #client: Client
  tables: LiveTable[] = []
  /** True: events that remove a row are lost on their way. */
  losesRemovals = false
  /** Frames that lacked one. */
  cutFrames = 0

  constructor(tables: readonly OracleTable[], random: Random, url: () => string[]) {
    this.#url = url
    this.specs = Array.from({ length: 6 }, () => randomSpec(tables, random))
    this.#client = this.#open()
  }

  /** The app ends and starts again. */
  async restart(): Promise<void> {
    await this.#client.close()
    this.#client = this.#open()
  }

  /** The network loses its connections. */
  cut(): void {
    for (const socket of this.#sockets) socket.terminate()
  }

  close(): Promise<void> {
    return this.#client.close()
  }

  #open(): Client {
    const client = createClient({
      url: this.#url,
      appName: 'oracle',
      transports: ['websocket'],
      backoff: { minMs: 5, maxMs: 50 },
      WebSocket: this.#socketClass(),
      onError: error => void this.problems.push(String(error)),
    })
    this.tables = this.specs.map(({ table, options }) => client.table(table.name, options))
    const tables = this.tables
    client.onCheckpoint(cursor => {
      tables.forEach((table, index) => {
        if (table.state !== 'live') return
        if (table.cursor !== cursor)
          this.problems.push(`table ${index} is live elsewhere than at the checkpoint`)
        this.sightings.push({ spec: this.specs[index] as OracleSpec, cursor, rows: table.rows })
      })
    })
    return client
  }

  #socketClass() {
    const sockets = this.#sockets
    const isLost = (text: string) => this.#isLost(text)
    return class extends WebSocket {
      constructor(url: string) {
        super(url)
        sockets.add(this)
        this.on('close', () => sockets.delete(this))
      }

      override emit(name: string | symbol, ...args: unknown[]): boolean {
        if (name === 'message') args[0] = Buffer.from(isLost(String(args[0])))
        return super.emit(name, ...args)
      }
    }
  }

  #isLost(text: string): string {
    if (!this.losesRemovals || !text.includes('"event_type":"DELETE"')) return text
    const frame = JSON.parse(text) as { data: { events?: { op: string }[] } }
    if (frame.data.events === undefined) return text
    this.cutFrames++
    frame.data.events = frame.data.events.filter(({ op }) => op !== 'DELETE')
    return JSON.stringify(frame)
  }
}
