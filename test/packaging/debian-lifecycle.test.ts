import { copyFile, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { blocksOf, readPages } from '../docs/pages.ts'
import { isFullSize } from '../support/full-size.ts'
import { waitFor } from '../support/wait-for.ts'
import { buildDeb } from './build-deb.ts'
import {
  bootDebian,
  type DebianMachine,
  findDebianRefusal,
  runInChroot,
  unpackDebian,
} from './debian-machine.ts'
import { type DebianReader, openReader } from './debian-reader.ts'
import { PageScript } from './page-script.ts'

const [debian] = readPages().filter(({ name }) => name === 'docs/debian.md')
const database = debian && blocksOf(debian).find(({ text }) => text.startsWith('database:'))?.text

const own = 'test/packaging/debian-lifecycle.test.ts'
const refusal = isFullSize ? await findDebianRefusal() : 'RTBRIDGE_TEST_FULL_SIZE=1 runs it'

/** Every command of docs/debian.md as it stands there, on a Debian that was never used before. */
describe.skipIf(refusal !== null)(
  `the Debian package in a clean Debian${refusal === null ? '' : ` (${refusal})`}`,
  { timeout: 300_000 },
  () => {
    let folder: string
    let root: string
    let machine: DebianMachine | undefined
    let reader: DebianReader
    const page = new PageScript(own, 'docs/debian.md')
    const discovery = new PageScript(own, 'docs/discovery.md')
    const errors = new PageScript(own, 'docs/errors.md')
    const inside = (script: string) => {
      if (machine === undefined) throw new Error('the machine has not started')
      return machine.run(script)
    }
    const show = async (property: string) =>
      (await inside(`systemctl show --property=${property} --value rtbridge`)).trim()
    const ask = (sql: string) => inside(`sudo -u postgres psql --no-psqlrc -Atq office -c "${sql}"`)
    const type = (command: string) => reader.run(command)
    const isLive = async () => (await show('StatusText')).startsWith('live')
    const triggers = `SELECT count(*) FROM pg_trigger WHERE tgname LIKE '!rtbridge%' AND tgrelid = 'bookings'::regclass`

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'rtbridge-debian-'))
      root = join(folder, 'root')
      await unpackDebian(root)
      await mkdir(join(root, 'srv/reader/out'), { recursive: true })
      for (const revision of ['1', '2']) {
        const deb = await buildDeb(folder, { revision })
        await copyFile(deb, join(root, 'srv/reader', revision === '1' ? 'out' : '', basename(deb)))
      }
    }, 600_000)

    afterAll(async () => {
      await machine?.close()
      await rm(folder, { recursive: true, force: true })
    }, 120_000)

    // One life, in its order: each test begins where the one before it ended.
    test('is installed with what it depends on, where no systemd runs yet', async () => {
      const chroot = (script: string) => runInChroot(root, script)
      await chroot(`apt-get update
        apt-get install --yes --no-install-recommends sudo man-db iproute2 ufw firewalld
        systemctl disable firewalld ufw`)
      await chroot(`${errors.take(/^useradd/)}; userdel postgres`)
      const early = await openReader(chroot)
      await early.run('cd /srv/reader')
      const said = await early.run(page.take(/^sudo apt install \.\/out\//))
      expect(said).toMatch(/^Setting up nodejs /m)
      expect(said).toContain('starts when there is an /etc/rtbridge/rtbridge.yaml')
      expect(await chroot('rtbridge --version; dpkg --verify rtbridge; id rtbridge')).toMatch(
        /^rtbridge \d.*\nuid=\d+\(rtbridge\)/,
      )
      expect(await chroot('rtbridge demo || true')).toContain('apt install postgresql')
      await chroot('apt-get install --yes --no-install-recommends postgresql')
      expect(await chroot('rtbridge demo --duration 2')).toContain('nothing is left running')
    })

    describe('run by its own systemd', () => {
      beforeAll(async () => {
        machine = await bootDebian(root)
        reader = await openReader(inside)
        await type('cd /srv/reader')
      }, 300_000)

      test('starts nothing before it is configured', async () => {
        expect(await show('ActiveState')).toBe('inactive')
        expect(await show('ConditionResult')).toBe('no')
        expect(await inside('systemctl is-enabled rtbridge')).toBe('enabled\n')
        expect(await inside('rtbridge service status || echo code $?')).toContain('code 5')
      })

      test('works by peer login, with the rights that doctor names and no others', async () => {
        await inside('sudo -u postgres createuser --no-login office; sudo -u postgres createdb office')
        await ask(
          'GRANT CREATE ON SCHEMA public TO office; SET ROLE office; CREATE TABLE bookings (id bigint PRIMARY KEY, seats integer); CREATE TABLE vehicle_queue (id bigint PRIMARY KEY)',
        )
        await type(page.take(/createuser rtbridge/))
        expect(await type(page.take(/psql office -c '.dt'/))).toMatch(/bookings .*\| office/)
        await type(page.take(/ init --output - /))
        await inside(`cat >> /etc/rtbridge/rtbridge.yaml <<'YAML'\n${database}\nYAML`)
        await type(page.take(/rtbridge config check/))
        await type(page.take(/GRANT CREATE ON DATABASE/))
        await type(page.take(/ rtbridge install-triggers$/))
        await type(page.take(/rtbridge doctor \| sed/))
        const mayRead = `SELECT has_table_privilege('rtbridge', 'bookings', 'SELECT')`
        expect(await ask(mayRead)).toBe('f\n')
        await type(page.take(/GRANT SELECT ON/))
        expect(await ask(mayRead)).toBe('t\n')
        await type(page.take(/^sudo systemctl start rtbridge/))
        await waitFor(isLive, { timeoutMs: 30_000 })
        expect(await type(page.take(/^rtbridge service status/))).toMatch(
          /^ok: active \(running\), 0 restart/,
        )
        const report = await type(page.take(/^sudo -u rtbridge rtbridge doctor$/))
        expect(report.split('\n').filter(line => /^(problem|warning) /.test(line))).toEqual([])
        expect(await type(page.take(/rtbridge dashboard$/))).toMatch(/http:.*\/dashboard#/)
        expect(await inside('rtbridge discover')).toContain('10.77.0.1')
      })

      test('explains its commands, as the page says', async () => {
        expect(await type(page.take(/^man rtbridge$/))).toMatch(/^RTBRIDGE\(1\).*install-triggers/s)
        expect(await type(page.take(/^man rtbridge-serve$/))).toMatch(/^RTBRIDGE-SERVE\(1\)/)
      })

      test('is found behind ufw and firewalld, once docs/discovery.md was followed', async () => {
        expect(await inside(discovery.take(/^ss /))).toMatch(/:5353 .*"rtbridge"/)
        const isFound = async () => /10\.77\.0\.1/.test(await inside('rtbridge discover || true'))
        await inside(`ufw allow 8765/tcp; ${discovery.take(/^ufw /)}; ufw --force enable`)
        expect(await inside('ufw status')).toMatch(/^5353\/udp +ALLOW/m)
        expect(await isFound()).toBe(true)
        await inside('ufw disable; systemctl start firewalld')
        await inside(discovery.take(/^firewall-cmd .*mdns/))
        expect(
          await inside(`${discovery.take(/^firewall-cmd --reload/)}; firewall-cmd --list-services`),
        ).toContain('mdns')
        expect(await isFound()).toBe(true)
        await inside('systemctl stop firewalld')
      })

      test('reloads without another process, and is ended by the watchdog when it stands still', async () => {
        const pid = await show('MainPID')
        await inside('systemctl reload rtbridge')
        await waitFor(async () => /"part":"reload"/.test(await inside('journalctl -u rtbridge -o cat')))
        expect(await show('MainPID')).toBe(pid)
        await inside(`mkdir -p /run/systemd/system/rtbridge.service.d
          printf '[Service]\\nWatchdogSec=6\\n' > /run/systemd/system/rtbridge.service.d/short.conf
          systemctl daemon-reload; systemctl restart rtbridge`)
        const standing = await show('MainPID')
        await inside(`kill -STOP ${standing}`)
        await waitFor(async () => (await show('NRestarts')) === '1' && (await isLive()), {
          timeoutMs: 60_000,
        })
        expect(await show('MainPID')).not.toBe(standing)
        expect(await inside('journalctl -u rtbridge -o cat')).toContain('Watchdog timeout')
        await inside('rm -r /run/systemd/system/rtbridge.service.d; systemctl daemon-reload')
      })

      test('outlives its database', async () => {
        const pid = await show('MainPID')
        await inside('systemctl stop postgresql')
        await waitFor(async () => (await show('StatusText')).startsWith('stale'), { timeoutMs: 30_000 })
        await inside('systemctl start postgresql')
        await waitFor(isLive, { timeoutMs: 60_000 })
        expect(await show('MainPID')).toBe(pid)
      })

      test('is restarted by an upgrade, and keeps its configuration', async () => {
        const pid = await show('MainPID')
        await inside('md5sum /etc/rtbridge/rtbridge.yaml > /root/before')
        const upgrade = page.take(/^sudo apt install .*<version>/)
        expect(await type(upgrade.replace('<version>-1', '*-2'))).toContain('-2) over (')
        expect(await show('ActiveState')).toBe('active')
        expect(await show('MainPID')).not.toBe(pid)
        await inside('md5sum --check /root/before')
      })

      test('is stopped by its removal, which names the triggers that remain', async () => {
        await ask('INSERT INTO bookings VALUES (1, 2)')
        const said = await type(page.take(/^sudo apt remove/))
        expect(said).toContain('the triggers remain in the database')
        expect(said).toContain('rtbridge uninstall-triggers')
        expect(await show('ActiveState')).toBe('inactive')
        await ask('INSERT INTO bookings VALUES (2, 2)')
        expect(await ask(`${triggers}`)).toBe('4\n')
      })

      test('starts again when it comes back, but not when it was disabled', async () => {
        await inside('apt-get install --yes /srv/reader/rtbridge_*-2_all.deb')
        await waitFor(isLive, { timeoutMs: 30_000 })
        await inside(
          'systemctl disable --now rtbridge; apt-get install --yes --reinstall /srv/reader/rtbridge_*-2_all.deb',
        )
        expect(await show('ActiveState')).toBe('inactive')
        await type(page.take(/^sudo systemctl enable --now rtbridge/))
        await waitFor(isLive, { timeoutMs: 30_000 })
      })

      test('shows a demo that touches no other database', async () => {
        const said = await type(page.take(/^rtbridge demo$/))
        expect(said).toContain('BOOKING_CREATED')
        expect(said).toContain('nothing is left running')
      })

      test('takes its triggers away and brings them back', async () => {
        await type(page.take(/ rtbridge uninstall-triggers$/))
        expect(await ask(triggers)).toBe('0\n')
        await type(page.take(/ rtbridge install-triggers$/))
        expect(await ask(triggers)).toBe('4\n')
      })

      test('replaces the unit of an installation by npm', async () => {
        await inside('cp /usr/lib/systemd/system/rtbridge.service /etc/systemd/system/')
        await type(page.take(/^sudo rtbridge service uninstall/))
        expect(await inside('ls /etc/systemd/system')).not.toContain('rtbridge.service\n')
      })

      test('leaves its user and the database behind when it is purged, and nothing else', async () => {
        await inside('systemctl stop rtbridge')
        const journalled = await ask('SELECT count(*) FROM rtbridge.journal')
        await type(page.take(/^sudo apt purge/))
        const left = await inside('find /etc /usr /var /run -xdev -iname "*rtbridge*"')
        expect(left).toBe('')
        expect(await inside('getent passwd rtbridge')).toContain('rtbridge')
        expect(await ask(`${triggers}`)).toBe('4\n')
        expect(await ask('SELECT count(*) FROM rtbridge.journal')).toBe(journalled)
        await ask('DROP SCHEMA rtbridge CASCADE')
        expect(await ask(`${triggers}; INSERT INTO bookings VALUES (3, 2)`)).toBe('0\n')
        await inside('sudo -u postgres psql --no-psqlrc -q office -c "DROP OWNED BY rtbridge"')
        await type(page.take(/dropuser rtbridge/))
        await type(page.take(/deluser --system rtbridge/))
      })

      test('has been through every command of the page', () => {
        expect([page, discovery, errors].flatMap(({ left }) => left)).toEqual([])
      })

      test('the machine goes with all its processes and control groups', async () => {
        await machine?.close()
        machine = undefined
        const groups = / (\S+) cgroup2 /.exec(await readFile('/proc/mounts', 'utf8'))?.[1] ?? ''
        expect((await readdir(groups)).filter(name => name.startsWith('rtbridge-test-'))).toEqual([])
      })
    })
  },
)
