import { type ChildProcess, spawn } from 'node:child_process'
import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { findProgram } from '../../support/installed-program.ts'
import { waitFor } from '../../support/wait-for.ts'
import { answered, saysWhenBegun } from './rules.ts'

const project = fileURLToPath(new URL('../../../', import.meta.url))
const endsWithinMs = 30_000

export interface SessionOptions {
  /** An empty folder: the home of the reader. */
  readonly folder: string
  /** Where a terminal begins; default the home of the reader. */
  readonly begins?: string
  /** What replaces what in commands and files: addresses of the pages by those of the test. */
  readonly replace: (text: string) => string
  readonly env: Readonly<Record<string, string>>
  /** A folder with client programs of PostgreSQL; without it those of the path, if it has any. */
  readonly clientPrograms?: string
}

/** What a command said, and how it ended; `code` is null while it stays. */
export interface Ended {
  readonly code: number | null
  readonly said: string
}

/** The terminal of a reader: folder and variables stay from one command to the next. */
export class Session {
  readonly #options: SessionOptions
  readonly #staying: { child: ChildProcess; closed: Promise<void> }[] = []

  private constructor(options: SessionOptions) {
    this.#options = options
    onTestFinished(() => this.#close())
  }

  /** Opens it, with `rtbridge` installed as npm installs it for all users, and a `psql`. */
  static async open(options: SessionOptions): Promise<Session> {
    const { folder } = options
    await mkdir(join(folder, '.npm/bin'), { recursive: true })
    await mkdir(join(folder, '.npm/lib/node_modules'), { recursive: true })
    await symlink(project, join(folder, '.npm/lib/node_modules/rtbridge'))
    await symlink(join(project, 'bin/rtbridge.js'), join(folder, '.npm/bin/rtbridge'))
    const session = new Session(options)
    // The PostgreSQL from npm brings no client programs.
    if (findProgram('psql') === null && options.clientPrograms === undefined)
      await session.#put('psql', `'${process.execPath}' '${join(project, 'test/docs/shell/psql.js')}' "$@"`)
    await session.openTerminal()
    return session
  }

  /** Lets `sudo -u postgres` be the superuser of a server that is reached by address and password. */
  async allowSudo(superuser: string): Promise<void> {
    const { hostname, port, username, password } = new URL(superuser)
    const login = `PGHOST=${hostname} PGPORT=${port} PGUSER=${username} PGPASSWORD=${decodeURIComponent(password)}`
    await this.#put('sudo', `sh -euc '[ "$1 $2" = "-u postgres" ]; shift 2; exec env ${login} "$@"' sh "$@"`)
  }

  async #put(program: string, command: string): Promise<void> {
    const path = join(this.#options.folder, '.npm/bin', program)
    await writeFile(path, `#!/bin/sh\nexec ${command}\n`, { mode: 0o755 })
  }

  /** Begins where terminals begin, with no variables of its own. What runs, runs on. */
  async openTerminal(): Promise<void> {
    await writeFile(this.#state, `cd '${this.#options.begins ?? this.#options.folder}'\n`)
  }

  /** Writes a file into the folder of the moment. */
  async save(name: string, text: string): Promise<void> {
    const folder = /^cd '(.*)'$/m.exec(await readFile(this.#state, 'utf8'))?.[1] ?? this.#options.folder
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), this.#options.replace(text))
  }

  /** Runs a command to its end; one that stays, until it has begun. */
  async run(command: string): Promise<Ended> {
    const begun = saysWhenBegun(command)
    const before = `. '${this.#state}'\n`
    const line = this.#options.replace(answered(command))
    const keep = `code=$?; { echo "cd '$PWD'"; export -p; } > '${this.#state}'; exit $code`
    const running = this.#start(`${before}${begun === null ? `${line}\n${keep}` : `exec ${line}`}`)
    const isOver = () => running.code !== undefined || begun?.test(running.said) === true
    const message = () => `this ended or began: ${command}\nit said: ${running.said}`
    await waitFor(isOver, { timeoutMs: endsWithinMs, message })
    return { code: running.code ?? null, said: running.said }
  }

  get #state(): string {
    return join(this.#options.folder, '.npm/state')
  }

  #start(script: string): { code?: number | null; said: string } {
    const { folder, env, clientPrograms = '' } = this.#options
    const running: { code?: number | null; said: string } = { said: '' }
    const child = spawn('bash', ['-c', script], {
      env: {
        PATH: `${join(folder, '.npm/bin')}:${clientPrograms}:${dirname(process.execPath)}:${process.env['PATH']}`,
        HOME: folder,
        npm_config_prefix: join(folder, '.npm'),
        PYTHONUNBUFFERED: '1',
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own: a pipe is several programs.
      detached: true,
    })
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', chunk => {
        running.said += chunk
      })
    }
    const closed = new Promise<void>(resolve => {
      child.once('close', code => {
        running.code = code
        resolve()
      })
    })
    this.#staying.push({ child, closed })
    return running
  }

  async #close(): Promise<void> {
    for (const { child, closed } of this.#staying) {
      if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) end(child.pid)
      await closed
    }
    await rm(this.#options.folder, { recursive: true, force: true })
  }
}

/** Ends a process with what it started; it may have ended a moment ago. */
function end(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
