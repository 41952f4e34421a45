import { createPrivateKey, generateKeyPairSync } from 'node:crypto'
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { SignJWT } from 'jose'
import { findFreePort } from '../../../src/demo/postgres/free-port.ts'
import { withDatabase } from '../../support/admin-sql.ts'
import { openTestDaemon } from '../../support/daemon-fixture.ts'
import { openClient } from '../../support/open-client.ts'
import type { PlainRole } from '../../support/plain-role.ts'
import type { TestDatabase } from '../../support/test-database.ts'
import { installTables } from '../../support/wasla-database.ts'
import { blocksOf, readPages } from '../pages.ts'
import { Session } from './session.ts'

/** What a reader has when a page begins. */
export interface Start {
  /** `empty`: a database without tables. `tables`: those of the tutorial. `installed`: triggers as well. `hub`: a hub, too. */
  readonly has: 'empty' | 'tables' | 'installed' | 'hub'
  /** The folder of the project in which terminals begin; its page writes nothing there. Default an empty one. */
  readonly folder?: string
  /** Done before the page begins. */
  readonly sql?: string
  /** Another captured table: its columns, by its name. */
  readonly table?: readonly [name: string, columns: string]
  /** Added to `rtbridge.yaml`. */
  readonly yaml?: string
  /** Files that the page speaks of, by name. */
  readonly files?: Readonly<Record<string, string>>
  /** What the reader does between the blocks of the page and the commands in its sentences. */
  readonly meanwhile?: readonly string[]
}

const project = new URL('../../../', import.meta.url)
const { privateKey, publicKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
})

const token = await new SignJWT({ jti: 'of-the-page' })
  .setProtectedHeader({ alg: 'RS256' })
  .setSubject('front-desk')
  .setIssuer('office')
  .setAudience('rtbridge')
  .setIssuedAt()
  .setExpirationTime('1h')
  .sign(createPrivateKey(privateKey))

const booking42 = `INSERT INTO bookings (id, passenger, seats) OVERRIDING SYSTEM VALUE VALUES (42, 'Amira', 2)`

const orderLines = ['order_lines', 'order_id bigint, line integer, PRIMARY KEY (order_id, line)'] as const

/** Pages that begin elsewhere than with a hub that runs. */
export const starts: Readonly<Record<string, Start>> = {
  'docs/tutorial.md': { has: 'empty' },
  'README.md': { has: 'tables' },
  'docs/hubs.md': { has: 'installed' },
  'docs/tls.md': {
    has: 'installed',
    yaml: 'tls: { cert: /etc/rtbridge/tls/hub.crt, key: /etc/rtbridge/tls/hub.key }\n',
    meanwhile: ['rtbridge serve', 'cp /etc/rtbridge/tls/ca.crt .'],
  },
  'docs/rules.md': {
    has: 'hub',
    sql: booking42,
    files: {
      'tests/cancel.jsonl':
        '{"table":"bookings","old":{"id":1,"status":"CONFIRMED"},"new":{"id":1,"status":"CANCELLED"}}',
    },
  },
  'docs/cli.md': {
    has: 'hub',
    sql: booking42,
    table: orderLines,
    files: {
      'etc/bash_completion.d/others': '',
      'usr/local/share/zsh/site-functions/_others': '',
      '.config/fish/completions/others.fish': '',
    },
  },
  'docs/trace.md': {
    has: 'hub',
    sql: `${booking42}; INSERT INTO order_lines VALUES (7, 3)`,
    table: orderLines,
  },
  'examples/wasla/README.md': { has: 'empty', folder: 'examples/wasla' },
  'examples/react/README.md': {
    has: 'empty',
    folder: 'examples/react',
    sql: await readFile(new URL('examples/wasla/schema.sql', project), 'utf8'),
  },
  'docs/identity.md': {
    has: 'hub',
    yaml: 'auth:\n  mode: jwt\n  jwt: { public_key_file: issuer.pub.pem, issuer: office, audience: rtbridge }\n',
    files: {
      'issuer.pem': privateKey,
      'issuer.pub.pem': publicKey,
      'token.txt': token,
      'front-desk.key': token,
    },
  },
}

const [tutorial = { name: '', text: '' }] = readPages().filter(({ name }) => name === 'docs/tutorial.md')
const saved = (name: string) => blocksOf(tutorial).find(({ saveAs }) => saveAs === name)?.text ?? ''
/** The statements of the tutorial that make its tables. */
export const tutorialTables = /CREATE TABLE[\s\S]*?\nSQL/.exec(tutorial.text)?.[0].replace(/SQL$/, '') ?? ''
/** That of the tutorial, without who may connect: pages differ in that. */
export const tutorialYaml = saved('rtbridge.yaml').replace(/^auth:.*\n/m, '')

/** In the configuration of the tutorial. */
const databaseUrl = /\$\{DATABASE_URL\}/

/** Takes rtbridge out of a database, and lets a plain role be the owner in it. */
export async function giveDatabase(database: TestDatabase, role: PlainRole): Promise<void> {
  await database.query('DROP SCHEMA IF EXISTS rtbridge CASCADE')
  await database.query(`DROP OWNED BY ${role.name} CASCADE`)
  await database.query(`GRANT CREATE ON DATABASE ${database.name} TO ${role.name}`)
  await database.query(`GRANT ALL ON SCHEMA public TO ${role.name}`)
}

/** The database that docs/backup.md restores into. */
export function restoredName(role: PlainRole): string {
  return `${new URL(role.url).pathname.slice(1)}_restored`
}

/** What is there besides. */
export interface Surroundings {
  /** The folder with the client programs of PostgreSQL; default none. */
  readonly clientPrograms?: string
  /** The address that `rtbridge demo` would have printed, `postgres://…` in the pages. */
  readonly demo?: string
}

/** Opens the terminal of a reader who begins with a page. */
export async function prepare(page: string, role: PlainRole, around: Surroundings = {}): Promise<Session> {
  const start = starts[page] ?? { has: 'hub' }
  const folder = await mkdtemp(join(tmpdir(), 'rtbridge-pages-'))
  const ports = await Promise.all([findFreePort(), findFreePort(), findFreePort()])
  const addresses = addressesOf(role, folder, ports, around.demo)
  const env: Record<string, string> = {
    RTBRIDGE_HUB_HOST: '127.0.0.1',
    RTBRIDGE_DISCOVERY_MDNS: 'off',
    // That of the backend in examples/wasla: a free one.
    PORT: '0',
  }
  if (start.has !== 'empty') {
    env['DATABASE_URL'] = role.url
    await (await openClient(role.url)).query(tutorialTables)
  }
  const [table, columns] = start.table ?? []
  if (table !== undefined) await (await openClient(role.url)).query(`CREATE TABLE ${table} (${columns})`)
  const tables = `${tutorialYaml}${table === undefined ? '' : `  ${table}: {}\n`}`
  if (start.has === 'installed' || start.has === 'hub') {
    const auth = start.yaml?.includes('auth:') ? '' : 'auth: { mode: open }\n'
    const text = addresses.replace(`${tables}${auth}${start.yaml ?? ''}`)
    await writeFile(join(folder, 'rtbridge.yaml'), text)
    await installTables({ url: role.url }, text.replace(databaseUrl, role.url))
  }
  if (start.sql !== undefined) await (await openClient(role.url)).query(start.sql)
  for (const [name, text] of Object.entries(start.files ?? {})) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), text)
  }
  if (start.has === 'hub') {
    const hub = `${tables}${start.yaml ?? 'auth: { mode: open }\n'}`
      .replace(databaseUrl, role.url)
      .replaceAll('issuer.pub.pem', join(folder, 'issuer.pub.pem'))
    const { daemon } = await openTestDaemon(role.url, hub)
    addresses.hubPort = daemon.port
  }
  env['RTBRIDGE_HUB_PORT'] = String(addresses.hubPort)
  const { clientPrograms } = around
  const programs = clientPrograms === undefined ? {} : { clientPrograms }
  const begins = start.folder === undefined ? {} : { begins: fileURLToPath(new URL(start.folder, project)) }
  return Session.open({ folder, replace: text => addresses.replace(text), env, ...programs, ...begins })
}

/** Addresses of the pages, and where that is in the test. */
function addressesOf(
  role: PlainRole,
  folder: string,
  [hub = 0, second = 0, web = 0]: readonly number[],
  demo = '',
) {
  const addresses = {
    hubPort: hub,
    replace: (text: string): string =>
      text
        .replaceAll(
          'postgres://app_owner@localhost/office_restored',
          withDatabase(role.url, restoredName(role)),
        )
        .replaceAll(/\boffice_restored\b/g, restoredName(role))
        .replaceAll('--owner=app_owner', `--owner=${role.name}`)
        .replaceAll(/postgres:\/\/app_owner@localhost\/\w+/g, role.url)
        .replaceAll('postgres://…', demo)
        .replaceAll(
          /\b(office-server|north-desk|localhost|127\.0\.0\.1):8765/g,
          `127.0.0.1:${addresses.hubPort}`,
        )
        .replaceAll(/port 8765\b/g, `port ${addresses.hubPort}`)
        .replaceAll(/\bport: 8765\b/g, `port: ${addresses.hubPort}`)
        .replaceAll(/port 8766\b/g, `port ${second}`)
        .replaceAll(/\b8080\b/g, String(web))
        .replaceAll('/etc/rtbridge', join(folder, 'etc/rtbridge'))
        .replaceAll(/(?<= )\/(etc\/bash_completion\.d|usr\/local\/share\/zsh)\//g, path =>
          join(folder, path),
        ),
  }
  return addresses
}
