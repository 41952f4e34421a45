import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Diagnosis } from '../../../../src/cli/doctor/diagnose.ts'
import { createFolder, runCli } from '../../run-cli.ts'

/** A check as `rtbridge doctor --json` tells it. */
export async function lookWith(
  check: string,
  url: string,
  yaml = 'tables: [orders]',
  env: Readonly<Record<string, string>> = {},
): Promise<Diagnosis> {
  const cwd = await createFolder()
  const base = 'database: { connect_timeout: 3s }\nhub: { port: 0 }\ndiscovery: { mdns: off }\n'
  await writeFile(join(cwd, 'rtbridge.yaml'), `${base}${yaml}\n`)
  const { stdout } = await runCli(['doctor', '--json'], { cwd, env: { RTBRIDGE_DATABASE_URL: url, ...env } })
  const found = (JSON.parse(stdout) as { checks: Diagnosis[] }).checks.find(({ name }) => name === check)
  if (found === undefined) throw new Error(`there is no check ${check}`)
  return found
}

/** The statements of a printed fix. */
export function sqlOf({ findings }: Diagnosis): string {
  return (findings[0]?.fix ?? '').replace(/--.*$/, '')
}
