import { chownSync, copyFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { describe, expect, onTestFinished, test } from 'vitest'
import { connectionSettings } from '../../src/database/connection-settings.ts'
import { toDatabaseError } from '../../src/database/translate-error.ts'
import { runCli } from '../cli/run-cli.ts'
import { runAdminSql } from '../support/admin-sql.ts'
import { type Certificates, makeCertificates } from '../support/make-certificates.ts'
import { startServer } from '../support/start-server.ts'
import { waitFor } from '../support/wait-for.ts'

/** `true` or `false`: whether the connection is encrypted; or the code of what went wrong. */
async function connect(url: string): Promise<boolean | string> {
  const client = new pg.Client(
    connectionSettings({ url, connectTimeoutMs: 20_000, answerTimeoutMs: 0 }, 'probe'),
  )
  try {
    await client.connect()
    const { rows } = await client.query('SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()')
    return rows[0]?.ssl
  } catch (error) {
    return toDatabaseError(error).code
  } finally {
    await client.end()
  }
}

async function startServerWithTls({ certFile, keyFile }: Certificates) {
  const server = await startServer({ prepare: false })
  const folder = join(server.dataDir, 'data')
  const { uid, gid } = statSync(folder)
  for (const [from, name] of [
    [certFile, 'server.crt'],
    [keyFile, 'server.key'],
  ] as const) {
    copyFileSync(from, join(folder, name))
    chownSync(join(folder, name), uid, gid)
  }
  await runAdminSql(server.url(), ['ALTER SYSTEM SET ssl = on', 'SELECT pg_reload_conf()'])
  await waitFor(async () => (await connect(`${server.url()}?sslmode=no-verify`)) === true)
  return server
}

function trusting({ folder, ca }: Certificates): string {
  const file = join(folder, 'ca.crt')
  writeFileSync(file, ca)
  return `sslrootcert=${encodeURIComponent(file)}`
}

describe('sslmode in database.url', () => {
  test('says whether and whom to trust, as the documentation of the configuration has it', async () => {
    const warnings: string[] = []
    const listen = (warning: Error) => void warnings.push(warning.message)
    process.on('warning', listen)
    onTestFinished(() => void process.off('warning', listen))
    const certificates = await makeCertificates()
    const server = await startServerWithTls(certificates)
    const ca = trusting(certificates)
    const withOptions = (options: string) => connect(`${server.url()}?${options}`)
    expect(await connect(server.url())).toBe(false)
    expect(await withOptions('sslmode=disable')).toBe(false)
    expect(await withOptions('sslmode=no-verify')).toBe(true)
    for (const mode of ['prefer', 'require', 'verify-ca'])
      expect(await withOptions(`sslmode=${mode}`)).toBe('RTB_DATABASE_TLS')
    expect(await withOptions('sslmode=verify-full')).toBe('RTB_DATABASE_TLS')
    expect(await withOptions(`sslmode=verify-full&${ca}`)).toBe(true)
    expect(await withOptions(`sslmode=require&${ca}`)).toBe(true)
    expect(warnings).toEqual([])
  })

  test('a file that is not there is named', async () => {
    const url = 'postgres://desk@127.0.0.1:1/office?sslmode=verify-full&sslrootcert=/missing/ca.crt'
    const result = await runCli(['status', '--json'], { env: { RTBRIDGE_DATABASE_URL: url } })
    expect(result.stdout).toContain('RTB_DATABASE_TLS_FILE')
    expect(result.stdout).toContain('/missing/ca.crt')
  })
})
