import { randomBytes } from 'node:crypto'
import { openEmbeddedServer } from '../../src/demo/embedded-server.ts'
import { runAdminSql, withDatabase } from './admin-sql.ts'
import { hasDocker, openContainerServer } from './container-server.ts'
import { defaultMajor, packageName } from './majors.ts'
import { prepareTemplate } from './prepare-template.ts'

/** A server that test files share, as they learn of it: plain data. */
export interface TestServerAddress {
  /** Its maintenance database, as a superuser. */
  readonly url: string
  /** The database to clone. */
  readonly template: string
  /** True when it is not ours: what is left on it can be looked at after the run. */
  readonly outlivesRun: boolean
}

/** A shared server and its end. */
export interface TestServer extends TestServerAddress {
  close(): Promise<void>
}

/** What a server needs to do for a run; durability is off because the data live as long as the run. */
const settings = { fsync: 'off', max_connections: '300' }

/**
 * Opens a server with a prepared template. The default one is `RTBRIDGE_TEST_DATABASE_URL` if set, else a
 * container where Docker answers, else the PostgreSQL from npm. Other versions always come from npm.
 *
 * @param major null = the default server
 */
export async function openTestServer(major: number | null): Promise<TestServer> {
  const server = major === null ? await openDefaultServer() : await openFromNpm(major)
  const template = `rtbridge_template_${randomBytes(4).toString('hex')}`
  await runAdminSql(server.url, [`CREATE DATABASE ${template}`])
  await prepareTemplate(withDatabase(server.url, template))
  await runAdminSql(server.url, [`ALTER DATABASE ${template} IS_TEMPLATE true ALLOW_CONNECTIONS false`])
  return {
    url: server.url,
    template,
    outlivesRun: server.outlivesRun,
    close: async () => {
      if (server.outlivesRun) await dropTemplate(server.url, template)
      await server.close()
    },
  }
}

type OpenedServer = Omit<TestServer, 'template'>

async function openDefaultServer(): Promise<OpenedServer> {
  const url = process.env['RTBRIDGE_TEST_DATABASE_URL']
  if (url !== undefined && url !== '') return { url, outlivesRun: true, close: async () => {} }
  if (!(await hasDocker())) return openFromNpm(defaultMajor)
  return { ...(await openContainerServer(defaultMajor)), outlivesRun: false }
}

async function openFromNpm(major: number): Promise<OpenedServer> {
  const server = await openEmbeddedServer({ packageName: packageName(major), settings })
  return { url: server.url(), outlivesRun: false, close: () => server.close() }
}

async function dropTemplate(url: string, template: string): Promise<void> {
  await runAdminSql(url, [`ALTER DATABASE ${template} IS_TEMPLATE false`, `DROP DATABASE ${template}`])
}
