import { type ChildProcess, spawn } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { waitFor } from './wait-for.ts'

/** How a hub is run. */
export interface HubProcessOptions {
  /** The folder with its `rtbridge.yaml`. */
  readonly folder: string
  /** The database as this hub reaches it. */
  readonly databaseUrl: string
  /** On 127.0.0.1; the same at every start. */
  readonly port: number
}

/** What a hub holds at a moment. */
export interface ProcessUse {
  /** What is left of its memory after a garbage collection: objects, and buffers outside of the heap. */
  readonly memoryBytes: number
  /** 0 where the system does not tell. */
  readonly openFiles: number
}

const program = fileURLToPath(new URL('../../bin/rtbridge.js', import.meta.url))
const keptLogLines = 60
/** The program promises to end 10 s after SIGTERM. */
const endsWithinMs = 12_000

/** `rtbridge serve`, the built program, in a process of its own that may be killed, frozen and started again. */
export class HubProcess {
  readonly port: number
  /** The last lines it wrote. */
  readonly log: string[] = []
  /** Ends that nobody asked for, each with the exit code. */
  readonly unexpectedEnds: string[] = []
  readonly #options: HubProcessOptions
  #child: ChildProcess | null = null
  #ended: Promise<void> = Promise.resolve()
  #isWanted = false
  /** Where its inspector can be reached, in Node's words; '' until somebody asked. */
  #inspector = ''

  /** Ended after the test, whatever became of it. */
  constructor(options: HubProcessOptions) {
    this.#options = options
    this.port = options.port
    onTestFinished(() => this.kill())
  }

  get pid(): number {
    return this.#child?.pid ?? 0
  }

  /** Starts it; resolves when it listens. */
  async start(): Promise<void> {
    const { folder, databaseUrl, port } = this.#options
    const { PATH = '', HOME = '' } = process.env
    const child = spawn(process.execPath, [program, 'serve', '--host', '127.0.0.1', '--port', String(port)], {
      cwd: folder,
      env: {
        PATH,
        HOME,
        RTBRIDGE_DISCOVERY_MDNS: 'off',
        RTBRIDGE_DATABASE_URL: databaseUrl,
        NODE_OPTIONS: '--inspect-port=0',
      },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    this.#child = child
    this.#isWanted = true
    let listens = false
    this.#inspector = ''
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      if (text.includes('Debugger')) this.#inspector += text
      this.log.push(...text.trimEnd().split('\n'))
      this.log.splice(0, this.log.length - keptLogLines)
      listens ||= text.includes('"msg":"listening"')
    })
    this.#ended = new Promise(resolve => {
      child.once('close', (code, signal) => {
        if (this.#isWanted) this.unexpectedEnds.push(`${signal ?? code}: ${this.log.slice(-3).join(' ')}`)
        this.#child = null
        resolve()
      })
    })
    const message = () => `the hub listened; it said:\n${this.log.join('\n')}`
    await waitFor(() => listens || this.#child === null, { timeoutMs: 60_000, message })
  }

  /** Sends a signal and expects it to go on running: `SIGSTOP`, `SIGCONT`. */
  signal(name: NodeJS.Signals): void {
    this.#child?.kill(name)
  }

  /** Ends it as a power failure would. */
  async kill(): Promise<void> {
    this.#isWanted = false
    this.signal('SIGKILL')
    await this.#ended
  }

  /** Asks it to end, and waits until it did. @throws when it takes longer than it promises */
  async stop(): Promise<void> {
    this.#isWanted = false
    let isOver = false
    void this.#ended.then(() => {
      isOver = true
    })
    this.signal('SIGTERM')
    const message = () => `the hub ended after SIGTERM; it said:\n${this.log.join('\n')}`
    await waitFor(() => isOver, { timeoutMs: endsWithinMs, message })
  }

  /** What `GET /health` answers; null while nobody answers. */
  async health(): Promise<Readonly<Record<string, unknown>> | null> {
    const limit = AbortSignal.timeout(2_000)
    return fetch(`http://127.0.0.1:${this.port}/health`, {
      signal: limit,
      headers: { connection: 'close' },
    }).then(
      answer => answer.json() as Promise<Record<string, unknown>>,
      () => null,
    )
  }

  async use(): Promise<ProcessUse> {
    const memoryBytes = await this.#measureMemory()
    const files = await readdir(`/proc/${this.pid}/fd`).catch(() => [])
    return { memoryBytes, openFiles: files.length }
  }

  /** By Node's inspector, which a signal opens; each start has its own. */
  async #measureMemory(): Promise<number> {
    this.signal('SIGUSR1')
    const find = () => /Debugger listening on (ws:\S+)/.exec(this.#inspector)?.[1]
    const url = await waitFor(find, { message: 'the inspector was open' })
    const socket = new WebSocket(url)
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
    const ask = (id: number, method: string, params = {}) => {
      const answer = new Promise<InspectorAnswer>(resolve => {
        socket.once('message', text => resolve(JSON.parse(text.toString()) as InspectorAnswer))
      })
      socket.send(JSON.stringify({ id, method, params }))
      return answer
    }
    await ask(1, 'HeapProfiler.collectGarbage')
    const expression = 'process.memoryUsage().heapUsed + process.memoryUsage().external'
    const { result } = await ask(2, 'Runtime.evaluate', { expression })
    socket.close()
    await new Promise(resolve => socket.once('close', resolve))
    return result.result.value
  }
}

interface InspectorAnswer {
  readonly result: { readonly result: { readonly value: number } }
}
