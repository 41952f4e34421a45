import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, onTestFinished } from 'vitest'
import type { Host } from '../../src/cli/host.ts'
import { runProgram } from '../../src/cli/run-program.ts'
import { waitFor } from '../support/wait-for.ts'

/** What a command said, and how it ended. */
export interface CliResult {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface CliOptions {
  readonly env?: Readonly<Record<string, string>>
  /** Default: an empty folder. */
  readonly cwd?: string
  readonly stdin?: string
}

/** Runs a command inside this process, with a world of its own. */
export async function runCli(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  const said = { stdout: '', stderr: '' }
  const append = (stream: 'stdout' | 'stderr') => (text: string) => {
    said[stream] += text
  }
  const host: Host = {
    env: options.env ?? {},
    cwd: options.cwd ?? (await createFolder()),
    stdin: Readable.from([options.stdin ?? '']),
    stdout: { write: append('stdout') },
    stderr: { write: append('stderr') },
  }
  return { code: await runProgram(args, host), ...said }
}

/** A folder that is removed after the test, or after the suite when it was made where no test runs. */
export async function createFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'rtbridge-cli-test-'))
  const whenDone = expect.getState().currentTestName === undefined ? afterAll : onTestFinished
  whenDone(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** The built program as a process. */
export interface CliProcess {
  readonly child: ChildProcess
  readonly said: { stdout: string; stderr: string }
  /** Waits until it has said this on either stream; gives the match. */
  says(pattern: RegExp, timeoutMs?: number): Promise<RegExpExecArray>
  /** Waits for its end. */
  ended(timeoutMs?: number): Promise<CliResult>
}

/** A process that starts takes far longer than a condition within one, on a machine that starts many, ms. */
const patienceMs = 60_000
const program = fileURLToPath(new URL('../../bin/rtbridge.js', import.meta.url))

/** Starts the built program; it is killed after the test if it still runs. */
export async function startCli(args: readonly string[], options: CliOptions = {}): Promise<CliProcess> {
  const { PATH = '', HOME = '', TMPDIR } = process.env
  const child = spawn(process.execPath, [program, ...args], {
    cwd: options.cwd ?? (await createFolder()),
    // No test speaks to the network of the machine it runs on.
    env: {
      PATH,
      HOME,
      RTBRIDGE_DISCOVERY_MDNS: 'off',
      ...(TMPDIR === undefined ? {} : { TMPDIR }),
      ...options.env,
    },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const said = { stdout: '', stderr: '' }
  child.stdout.on('data', chunk => {
    said.stdout += chunk
  })
  child.stderr.on('data', chunk => {
    said.stderr += chunk
  })
  child.stdin.end(options.stdin ?? '')
  let code: number | null | undefined
  child.once('close', exitCode => {
    code = exitCode
  })
  const ended = async (timeoutMs = patienceMs): Promise<CliResult> => {
    const message = () => `${args[0]} ended; it said:\n${said.stdout}\n${said.stderr}`
    await waitFor(() => code !== undefined, { timeoutMs, message })
    return { code: code ?? null, ...said }
  }
  onTestFinished(async () => {
    if (code === undefined) child.kill('SIGKILL')
    await ended()
  })
  return {
    child,
    said,
    ended,
    says: async (pattern, timeoutMs = patienceMs) => {
      const message = () => `${args[0]} said ${pattern}; it said:\n${said.stdout}\n${said.stderr}`
      const find = () => pattern.exec(said.stdout) ?? pattern.exec(said.stderr)
      await waitFor(() => find() ?? code !== undefined, { timeoutMs, message })
      const match = find()
      if (match === null) throw new Error(`it ended before ${message()}`)
      return match
    },
  }
}
