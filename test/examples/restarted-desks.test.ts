import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { openTestDaemon } from '../support/daemon-fixture.ts'
import { canRun } from '../support/installed-program.ts'
import { pruneAll } from '../support/prune-all.ts'
import { openTcpFaultProxy } from '../support/tcp-fault-proxy.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { waitFor } from '../support/wait-for.ts'
import { installWasla, waslaYaml } from '../support/wasla-database.ts'
import { bookSeat } from './book-seat.ts'
import { type RunningExample, runExample } from './run-example.ts'

/** Debian's, not one that some virtual environment put before it. */
const python = '/usr/bin/python3'
const hasPython = canRun(python, ['-c', 'import websockets'], 'python3-websockets is not installed')
const database = await createTestDatabase()
await installWasla(database)

const desks = [
  { path: 'node/desk.js', program: process.execPath, isThere: true, online: /^online / },
  { path: 'python/desk.py', program: python, isThere: hasPython, online: /^(fresh|resumed|gap)$/ },
]

describe.each(desks)('examples/$path', ({ path, program, isThere, online }) => {
  async function makeCursorFile(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'rtbridge-desk-'))
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    return join(folder, 'desk.cursor')
  }

  /** A hub behind a network that can break, and a desk that keeps its cursor in a file. */
  async function openOffice(cursorFile: string) {
    const { url } = await openTestDaemon(database.url, await waslaYaml())
    const network = await openTcpFaultProxy({ host: '127.0.0.1', port: Number(new URL(url).port) })
    const start = async () => {
      const desk = runExample(path, { program, args: [`ws://127.0.0.1:${network.port}`, cursorFile] })
      await untilOnline(desk)
      return desk
    }
    return { network, start }
  }

  const untilOnline = ({ problems }: RunningExample) =>
    waitFor(() => problems.some(line => line.match(online) !== null), {
      message: () => `the desk was online; it said ${problems.join('\n')}`,
    })
  /** One desk prints the plate, the other all of the row. */
  const bookingsIn = (lines: readonly string[]) =>
    lines
      .filter(line => line.startsWith('BOOKING_CREATED'))
      .map(line => line.replace(/\{.*\}$/, row => String(JSON.parse(row).vehicle_license_plate)))
  const created = (id: string, plate: string) => `BOOKING_CREATED ${id} ${plate}`

  test.runIf(isThere)('goes on after a restart where it was', async () => {
    const { start } = await openOffice(await makeCursorFile())
    const first = await start()
    const one = created(await bookSeat(database, 'ص 1'), 'ص 1')
    await waitFor(() => bookingsIn(first.lines).length > 0)
    await first.stop()
    const two = created(await bookSeat(database, 'TUN 2'), 'TUN 2')
    const three = created(await bookSeat(database, 'TUN 3'), 'TUN 3')
    const second = await start()
    await waitFor(() => bookingsIn(second.lines).includes(three))
    expect([...bookingsIn(first.lines), ...bookingsIn(second.lines)]).toEqual([one, two, three])
  })

  test.runIf(isThere)('comes back when the network breaks, and prints nothing twice', async () => {
    const { network, start } = await openOffice(await makeCursorFile())
    const desk = await start()
    const ids: string[] = []
    for (const plate of ['TUN 1', 'TUN 2', 'TUN 3']) {
      ids.push(created(await bookSeat(database, plate), plate))
      await waitFor(() => bookingsIn(desk.lines).includes(ids.at(-1) ?? ''))
      network.reset()
      ids.push(created(await bookSeat(database, `${plate} again`), `${plate} again`))
    }
    await waitFor(() => bookingsIn(desk.lines).includes(ids.at(-1) ?? ''))
    expect(bookingsIn(desk.lines)).toEqual(ids)
  })

  test.runIf(isThere)('says that something is missing when the journal no longer has it', async () => {
    const cursorFile = await makeCursorFile()
    const first = await (await openOffice(cursorFile)).start()
    await bookSeat(database, 'TUN 1')
    await waitFor(() => bookingsIn(first.lines).length > 0)
    await first.stop()
    expect(await readFile(cursorFile, 'utf8')).toContain('v1.')
    await bookSeat(database, 'TUN 2')
    await pruneAll(database)
    // Another hub: the first one still has it in its memory.
    const second = await (await openOffice(cursorFile)).start()
    await waitFor(() => second.lines.some(line => line.startsWith('gap retention')))
  })
})
