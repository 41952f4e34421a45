import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type CliProcess, createFolder, startCli } from '../cli/run-cli.ts'
import type { TestDatabase } from './test-database.ts'

/** `rtbridge serve` as a process, so that its memory is its own, and with what the service gives it. */
export interface MeasuredHub {
  readonly process: CliProcess
  readonly url: string
  /** The `hub` part of `GET /health`. */
  stats(): Promise<MeasuredHubStats>
  /** Resident memory now, and the most since {@link resetPeak}, bytes. */
  memory(): Promise<{ readonly now: number; readonly peak: number }>
  /** Forgets the peak. */
  resetPeak(): Promise<void>
}

export interface MeasuredHubStats {
  readonly connections: number
  readonly registered: number
  readonly behind: number
  readonly catchingUp: number
  readonly queuedBytes: number
  readonly heldBytes: number
  readonly tailBytes: number
  readonly profiles: number
  readonly subscriptions: number
  readonly counters: Readonly<Record<string, number>>
}

/** The memory of a process is read from `/proc`, which only Linux has. */
export const canMeasureMemory = process.platform === 'linux'

/**
 * Starts the built program on a free port; killed after the test.
 * @param yaml its configuration; `hub` is set through `hubSettings`
 */
export async function startMeasuredHub(
  database: Pick<TestDatabase, 'url'>,
  yaml: string,
  hubSettings: Readonly<Record<string, string>> = {},
): Promise<MeasuredHub> {
  const cwd = await createFolder()
  const hub = { host: '127.0.0.1', port: '0', ...hubSettings }
  const settings = Object.entries(hub).map(([key, value]) => `${key}: ${value}`)
  await writeFile(join(cwd, 'rtbridge.yaml'), `${yaml}\nhub: { ${settings.join(', ')} }\n`)
  const env = { ...(await serviceEnvironment()), RTBRIDGE_DATABASE_URL: database.url }
  const cli = await startCli(['serve'], { cwd, env })
  const [, port = ''] = await cli.says(/"port":(\d+)/)
  await cli.says(/reading the journal from here/)
  const inProc = (file: string) => `/proc/${cli.child.pid}/${file}`
  return {
    process: cli,
    url: `ws://127.0.0.1:${port}/`,
    async stats() {
      const response = await fetch(`http://127.0.0.1:${port}/health`)
      return ((await response.json()) as { hub: MeasuredHubStats }).hub
    },
    async memory() {
      const status = await readFile(inProc('status'), 'utf8')
      return { now: kilobytes(status, 'VmRSS') * 1_024, peak: kilobytes(status, 'VmHWM') * 1_024 }
    },
    // @see https://man7.org/linux/man-pages/man5/proc_pid_clear_refs.5.html
    resetPeak: () => writeFile(inProc('clear_refs'), '5'),
  }
}

function kilobytes(status: string, field: string): number {
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1])
}

/** The variables that `systemd/rtbridge.service` sets. */
async function serviceEnvironment(): Promise<Record<string, string>> {
  const unit = await readFile(new URL('../../systemd/rtbridge.service', import.meta.url), 'utf8')
  const set = [...unit.matchAll(/^Environment=(\w+)=(.*)$/gm)]
  return Object.fromEntries(set.map(([, name = '', value = '']) => [name, value]))
}
