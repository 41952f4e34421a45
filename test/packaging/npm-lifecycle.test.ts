import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { blocksOf, readPages } from '../docs/pages.ts'
import { isFullSize } from '../support/full-size.ts'
import { waitFor } from '../support/wait-for.ts'
import {
  bootDebian,
  type DebianMachine,
  debianMirror,
  findDebianRefusal,
  runInChroot,
  unpackDebian,
} from './debian-machine.ts'
import { bringNpm } from './debian-npm.ts'
import { type DebianReader, openReader } from './debian-reader.ts'
import { PageScript } from './page-script.ts'

const refusal = isFullSize ? await findDebianRefusal() : 'RTBRIDGE_TEST_FULL_SIZE=1 runs it'
const own = 'test/packaging/npm-lifecycle.test.ts'
const pages = readPages()
const textOf = (page: string) => pages.find(({ name }) => name === page)?.text ?? ''
/** The block of a page that begins so. */
function blockOf(page: string, beginning: string): string {
  const found = blocksOf({ name: page, text: textOf(page) }).find(({ text }) => text.startsWith(beginning))
  if (found === undefined) throw new Error(`${page} has no block ${beginning}`)
  return found.text
}
/** The line of a page that begins so. */
function lineOf(page: string, beginning: string): string {
  const lines = textOf(page).split('\n')
  const found = lines.map(line => line.trim()).find(line => line.startsWith(beginning))
  if (found === undefined) throw new Error(`${page} has no line ${beginning}`)
  return `${found}\n`
}
/** The owner of the tables is that of the tutorial. */
const asOwner = (command: string) => command.replace('role=office', 'role=app_owner')
const tutorialYaml = blockOf('docs/tutorial.md', 'database: { url: "$')
const bySocket = lineOf('docs/systemd.md', 'database: { url: "postgresql:///')

/** What the pages give to root, to systemd and to the network of an office, in a Debian that was never used before. */
describe.skipIf(refusal !== null)(
  `the service by npm in a clean Debian${refusal === null ? '' : ` (${refusal})`}`,
  { timeout: 300_000 },
  () => {
    let folder: string
    let machine: DebianMachine | undefined
    let reader: DebianReader
    const scripts: PageScript[] = []
    const open = (page: string) => {
      const script = new PageScript(own, page)
      scripts.push(script)
      return script
    }
    const inside = (script: string) => {
      if (machine === undefined) throw new Error('the machine has not started')
      return machine.run(script)
    }
    const type = (command: string) => reader.run(command)
    const show = async (property: string) =>
      (await inside(`systemctl show --property=${property} --value rtbridge`)).trim()
    const isLive = async () => (await show('StatusText')).startsWith('live')
    const becomesLive = () =>
      waitFor(isLive, { timeoutMs: 60_000, message: () => 'the hub is live' }).catch(async error => {
        throw new Error(await inside('journalctl -u rtbridge -o cat | tail -20'), { cause: error })
      })
    const ask = (sql: string) => inside(`sudo -u postgres psql --no-psqlrc -Atq office -c "${sql}"`)
    /** A new terminal in the folder of the tutorial. */
    const sitDown = async () => {
      await reader.openTerminal()
      for (const command of ['cd office', ...exports]) await type(command)
    }
    const tutorial = open('docs/tutorial.md')
    const errors = open('docs/errors.md')
    const exports = [tutorial.take(/^export DATABASE_URL/), tutorial.take(/^export PGPASSWORD/)]
    const configure = (database: string) => {
      const yaml = tutorialYaml.replace(/^database:.*\n/, () => database)
      return inside(
        `install -m 0640 -g rtbridge /dev/stdin /etc/rtbridge/rtbridge.yaml <<'YAML'\n${yaml}YAML`,
      )
    }

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'rtbridge-npm-debian-'))
      const root = join(folder, 'root')
      await unpackDebian(root)
      const majors = await readFile(new URL('debian-majors.sh', import.meta.url), 'utf8')
      await runInChroot(root, `set -- ${debianMirror}\n${majors}`)
      await bringNpm(root, 'home/reader/rtbridge-0.1.0.tgz')
      machine = await bootDebian(root)
      reader = await openReader(inside)
    }, 900_000)

    afterAll(async () => {
      await machine?.close()
      await rm(folder, { recursive: true, force: true })
    }, 120_000)

    // One life, in its order: each test begins where the one before it ended.
    test('README.md and the tutorial install the program for all users, and make a role and a database', async () => {
      await type(open('README.md').take(/^sudo npm install/))
      await type(tutorial.take(/^sudo npm install/))
      for (const command of tutorial.takeFromTo(/createuser --pwprompt/, /^rtbridge init --yes/))
        await type(command)
      await type(open('examples/wasla/README.md').take(/createdb/))
      await reader.save('/home/reader/office/rtbridge.yaml', tutorialYaml)
      for (const command of tutorial.takeFromTo(/^rtbridge config check/, /^rtbridge install-triggers/))
        await type(command)
      expect(await ask("SELECT tableowner FROM pg_tables WHERE tablename IN ('bookings')")).toBe(
        'app_owner\n',
      )
      expect(
        await ask(
          "SELECT count(DISTINCT tgrelid) FROM pg_trigger WHERE tgname LIKE '!rtbridge%' AND tgrelid::regclass::text !~ '^rtbridge'",
        ),
      ).toBe('2\n')
    })

    describe('docs/systemd.md', () => {
      const page = open('docs/systemd.md')

      test('makes a service that starts when it is configured, by peer login', async () => {
        await reader.openTerminal()
        await type(page.take(/^sudo npm install/))
        expect(await type(page.take(/service install --dry-run/))).toContain('would write /etc/systemd')
        await type(page.take(/^sudo rtbridge service install$/))
        expect(await show('ActiveState')).toBe('inactive')
        await type(page.take(/createuser rtbridge/))
        await type(page.take(/install -m 0640/))
        await configure(bySocket)
        await type(page.take(/rtbridge config check/))
        await type(asOwner(page.take(/ rtbridge install-triggers$/)))
        await type(page.take(/rtbridge doctor \| sed/))
        await type(page.take(/^sudo systemctl start rtbridge/))
        await becomesLive()
        expect(await type(page.take(/^rtbridge service status/))).toMatch(/^ok: active \(running\)/)
        expect(await type(page.take(/rtbridge status/))).toMatch(/^ok: hub on .* live/)
      })

      test('gives it a password that nobody else can read, and a certificate', async () => {
        await type(page.take(/credentials\/DB_PASSWORD/))
        expect(await inside('stat -c "%a %U" /etc/rtbridge/credentials/DB_PASSWORD')).toBe('600 root\n')
        await inside(`echo '127.0.0.1 db.office.lan' >> /etc/hosts`)
        await ask(`ALTER ROLE rtbridge PASSWORD 'secret'`)
        await configure(lineOf('docs/systemd.md', 'database: { url: "postgresql://rtbridge:'))
        await inside('systemctl restart rtbridge || { journalctl -u rtbridge -o cat -n 20; false; }')
        await becomesLive()
        expect(await type(page.take(/systemd-run/))).toMatch(/^ok +database /m)
        await type(page.take(/cert init/))
        expect(await inside('stat -c "%a %U" /etc/rtbridge/tls/hub.key')).toBe('600 rtbridge\n')
      })

      test('shows it, reloads it, changes it and says how exposed it is', async () => {
        expect(await type(page.take(/^systemctl status/))).toContain('live')
        expect(await type(page.take(/journalctl/))).toContain('"part":')
        expect(await inside(errors.take(/^journalctl/))).toContain('"part":')
        const pid = await show('MainPID')
        await type(page.take(/systemctl reload/))
        await type(open('docs/hubs.md').take(/systemctl reload/))
        await inside(open('docs/configuration.md').take(/^systemctl reload/))
        await waitFor(async () => /"part":"reload"/.test(await inside('journalctl -u rtbridge -o cat')))
        expect(await show('MainPID')).toBe(pid)
        await type(page.take(/systemctl edit/))
        expect(await inside('systemctl cat rtbridge')).toContain('Nice=5')
        expect(await type(page.take(/^systemd-analyze security/))).toMatch(
          /exposure level for rtbridge.service: 1\.3/i,
        )
      })

      test('takes it away, and nothing else', async () => {
        await type(page.take(/^sudo rtbridge service uninstall/))
        expect(await show('ActiveState')).toBe('inactive')
        expect(await inside('ls /etc/rtbridge/rtbridge.yaml; id -un rtbridge')).toContain('rtbridge\n')
        await type(page.take(/^sudo rtbridge service install$/))
        await becomesLive()
      })
    })

    test('docs/discovery.md and docs/cli.md find the hub, and describe it to Avahi', async () => {
      await sitDown()
      await inside('mkdir -p /etc/avahi/services')
      const [discovery, cli] = [open('docs/discovery.md'), open('docs/cli.md')]
      expect(await type(discovery.take(/^rtbridge discover$/))).toContain('10.77.0.1')
      expect(await type(discovery.take(/discover --timeout/))).toContain('ws://10.77.0.1:8765')
      expect(await type(cli.take(/discover --json/))).toContain('ws://10.77.0.1:8765')
      expect(await type(errors.take(/avahi-service/))).toContain('<port>8765</port>')
      for (const script of [discovery, cli]) {
        await inside('rm -f /etc/avahi/services/rtbridge.service')
        await type(script.take(/avahi-service/))
        expect(await inside('cat /etc/avahi/services/rtbridge.service')).toContain('<port>8765</port>')
      }
    })

    describe('docs/upgrade.md', () => {
      const page = open('docs/upgrade.md')

      test('brings a new version to triggers and hub', async () => {
        await reader.openTerminal()
        // With a password in its configuration nobody but the service reads it.
        await configure(bySocket)
        await inside('systemctl restart rtbridge')
        await becomesLive()
        const pid = await show('MainPID')
        for (const command of page.takeFromTo(/^sudo npm install/, /^sudo rtbridge service install/))
          await type(asOwner(command))
        await becomesLive()
        expect(await show('MainPID')).not.toBe(pid)
        expect(await type(page.take(/^sudo -u rtbridge rtbridge status/))).toMatch(/^ok: hub on .* live/)
      })

      test('moves to another major version with pg_upgrade, and finds nothing to do', async () => {
        // The newest one that Debian 13 has.
        const here = (command: string) => command.replaceAll('postgresql/18/', 'postgresql/17/')
        for (const command of page.takeFromTo(/stop postgresql rtbridge/, /pg_upgrade/))
          await type(here(command))
        await inside(`printf 'MAJOR=17\\nDATA=/srv/pg18\\n' > /srv/postgresql.env`)
        await type(page.take(/systemctl start postgresql/))
        await type(page.take(/systemctl start rtbridge/))
        await becomesLive()
        expect(await ask('SHOW server_version')).toMatch(/^17/)
        for (const command of page.takeFromTo(
          /install-triggers --check/,
          /^sudo -u rtbridge rtbridge doctor$/,
        ))
          await type(command)
      })
    })

    test('docs/uninstall.md leaves nothing', async () => {
      const page = open('docs/uninstall.md')
      await reader.openTerminal()
      for (const command of page.takeFromTo(/service uninstall/, /npm uninstall/)) await type(command)
      const sql = blockOf('docs/uninstall.md', 'SELECT')
      expect(await inside(`sudo -u postgres psql -Atq office <<'SQL'\n${sql}SQL`)).toBe('0|0|0\n')
      await type(page.take(/rm -r \/etc\/rtbridge/))
      await type(page.take(/userdel rtbridge/))
      await type(page.take(/rm -r .*rtbridge.service.d/))
      await type(page.take(/rm .*avahi/))
      await ask('DROP ROLE rtbridge')
      expect(await inside('find /etc /usr /var /run -xdev -iname "*rtbridge*"')).toBe('')
    })

    test('every command of these pages was taken', () => {
      expect(scripts.flatMap(script => script.left)).toEqual([])
    })
  },
)
