import type { ClientError } from '../client-error.ts'
import type { StreamHost } from '../stream-part.ts'
import type { LiveTable } from './live-table.ts'
import { TableHandle } from './table-handle.ts'
import { type TableClock, TablePart } from './table-part.ts'
import { readTableRequest, type TableOptions } from './table-request.ts'

/** The live tables of a client. Equal ones are one at the hub. */
export class OpenTables {
  readonly #host: StreamHost
  readonly #clock: TableClock
  readonly #parts = new Map<string, TablePart>()
  #count = 0

  constructor(host: StreamHost, clock: TableClock) {
    this.#host = host
    this.#clock = clock
  }

  /**
   * Opens a live table; the caller closes it.
   * @throws ClientError RTB_CLIENT_TABLE
   */
  open(name: string, options: TableOptions): LiveTable {
    const request = readTableRequest(name, options)
    const key = JSON.stringify(request)
    const part = this.#parts.get(key) ?? this.#attach(key, request)
    return new TableHandle(
      part,
      error => this.#host.report(error),
      () => {
        if (part.listeners.size > 0) return
        part.close()
        this.#detach(key, part)
      },
    )
  }

  /** The connection will not come back: all of them fail. */
  end(error: ClientError): void {
    for (const part of [...this.#parts.values()]) part.end(error)
  }

  #attach(key: string, request: ReturnType<typeof readTableRequest>): TablePart {
    const part: TablePart = new TablePart({
      id: `table${++this.#count}`,
      request,
      host: this.#host,
      clock: this.#clock,
      // Who asks for it again gets another one, and another answer.
      failed: () => this.#detach(key, part),
    })
    this.#parts.set(key, part)
    this.#host.attach(part)
    return part
  }

  #detach(key: string, part: TablePart): void {
    if (this.#parts.get(key) !== part) return
    this.#parts.delete(key)
    this.#host.detach(part)
  }
}
