import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Client } from 'pg'
import type { TestDatabase } from '../support/test-database.ts'
import { type CliResult, createFolder, runCli } from './run-cli.ts'

/** What `rtbridge trace --json` says, as far as tests look at it. */
export interface TraceAnswer {
  readonly code: number | null
  readonly state: string
  readonly at: string | null
  readonly summary: string
  readonly key: readonly string[]
  readonly steps: readonly { name: string; state: string; found: string; details: readonly string[] }[]
  readonly changes: readonly { op: string }[]
  readonly stdout: string
  step(name: string): { state: string; found: string; details: readonly string[] }
}

/** How `rtbridge trace` is called. */
export interface TraceCall {
  readonly database: Pick<TestDatabase, 'url'>
  readonly yaml: string
  /** Of the hub; default none is there. */
  readonly port?: number | undefined
  readonly env?: Readonly<Record<string, string>>
}

/** Runs `rtbridge trace`. */
export async function runTrace(call: TraceCall, ...args: string[]): Promise<CliResult> {
  const cwd = await createFolder()
  await writeFile(join(cwd, 'rtbridge.yaml'), call.yaml)
  const env = {
    RTBRIDGE_DATABASE_URL: call.database.url,
    RTBRIDGE_HUB_HOST: '127.0.0.1',
    RTBRIDGE_HUB_PORT: String(call.port ?? 1),
    ...(/^auth:/m.test(call.yaml) ? {} : { RTBRIDGE_AUTH_MODE: 'open' }),
    ...call.env,
  }
  return runCli(['trace', ...args], { cwd, env })
}

/** Runs `rtbridge trace --json`. */
export async function trace(call: TraceCall, ...args: string[]): Promise<TraceAnswer> {
  const { code, stdout, stderr } = await runTrace(call, ...args, '--json')
  if (stdout === '') throw new Error(`it said nothing but: ${stderr}`)
  const answer = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '')
  return {
    ...answer,
    code,
    stdout,
    step: (name: string) => answer.steps.find((step: { name: string }) => step.name === name),
  }
}

/** Runs statements in one session of its own. */
export async function withSessionOf(
  { url }: Pick<TestDatabase, 'url'>,
  work: (query: (sql: string, values?: readonly unknown[]) => Promise<unknown>) => Promise<unknown>,
): Promise<void> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    await work((sql, values = []) => client.query(sql, [...values]))
  } finally {
    await client.end()
  }
}
