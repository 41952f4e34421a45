import { describe, expect, onTestFinished, test } from 'vitest'
import type { DaemonStatus } from '../../src/operations/daemon-status.ts'
import { describeService } from '../../src/operations/describe-service.ts'
import type { ServiceHealth } from '../../src/operations/service-notifier.ts'
import { ServiceNotifier } from '../../src/operations/service-notifier.ts'
import { notifyToolsMissing, openNotifySocket } from '../support/notify-socket.ts'
import { waitFor } from '../support/wait-for.ts'

const missing = notifyToolsMissing()

describe.skipIf(missing !== null)(`the service notifier${missing === null ? '' : ` (${missing})`}`, () => {
  test('tells that the service is ready, and feeds the watchdog from then on', async () => {
    const { socket, notifier } = await open()
    expect(socket.messages).toEqual([])
    notifier.ready(() => ({ status: 'live\nand well', isWell: true }))
    expect(await socket.told('READY=1')).toContain('STATUS=live and well')
    await socket.told('WATCHDOG=1')
  })

  test('feeds no watchdog while the hub is not well, and feeds it again afterwards', async () => {
    let health: ServiceHealth = { status: 'stuck', isWell: false }
    const { socket, notifier } = await open()
    notifier.ready(() => health)
    await socket.told('READY=1')
    health = { status: 'still stuck', isWell: false }
    await socket.told('STATUS=still stuck')
    expect(socket.messages.join()).not.toContain('WATCHDOG=1')
    health = { status: 'live', isWell: true }
    await socket.told('WATCHDOG=1')
  })

  test('feeds no watchdog while the event loop is blocked', async () => {
    const { socket, notifier } = await open()
    notifier.ready(() => ({ status: 'live', isWell: true }))
    await socket.told('WATCHDOG=1')
    const count = () => socket.messages.filter(message => message.includes('WATCHDOG=1')).length
    // Turns of the loop are what it lives on: as many feeds as turns, and none while there are none.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 600)
    const atTheEnd = count()
    await waitFor(() => count() > atTheEnd)
    // 600 ms held ten intervals; what came of them is the one feed that was on its way.
    const after = await new Promise<number>(resolve => setImmediate(() => resolve(count())))
    expect(after - atTheEnd).toBeLessThan(4)
  })

  test('feeds no watchdog that is meant for another process', async () => {
    const { socket, notifier } = await open({ WATCHDOG_PID: '1' })
    let looks = 0
    notifier.ready(() => ({ status: `look ${++looks}`, isWell: true }))
    await socket.told(/^STATUS=look 3$/)
    expect(socket.messages.join()).not.toContain('WATCHDOG=1')
  })

  test('tells at once of what has changed, and once of many changes', async () => {
    const { socket, notifier } = await open({ WATCHDOG_USEC: '' }, 3_600_000)
    let status = 'starting'
    notifier.ready(() => ({ status, isWell: true }))
    // While the first message is on its way.
    for (status of ['stale', 'live']) notifier.changed()
    await socket.told('STATUS=live')
    expect(socket.messages).toEqual(['READY=1\tSTATUS=starting', 'STATUS=live'])
  })

  test('tells of a reload and of the end, in order', async () => {
    const { socket, notifier } = await open({ WATCHDOG_USEC: '' })
    notifier.ready(() => ({ status: 'live', isWell: true }))
    notifier.reloading()
    notifier.reloaded()
    notifier.stopping()
    await notifier.close()
    await socket.told('STOPPING=1')
    expect(socket.messages.map(message => message.split('\t')[0])).toEqual([
      'READY=1',
      'RELOADING=1',
      'READY=1',
      'STOPPING=1',
    ])
    expect(socket.messages[1]).toMatch(/MONOTONIC_USEC=\d+/)
  })
})

describe('without a service manager', () => {
  test('nothing is started and nothing is asked', async () => {
    const errors: unknown[] = []
    const notifier = new ServiceNotifier({ env: {}, pid: 1, onError: error => errors.push(error) })
    notifier.ready(() => {
      throw new Error('asked')
    })
    notifier.changed()
    notifier.reloading()
    notifier.stopping()
    await notifier.close()
    expect(errors).toEqual([])
  })

  test('a missing systemd-notify is told once', async () => {
    const errors: unknown[] = []
    const env = { NOTIFY_SOCKET: '/nowhere', PATH: '/nowhere' }
    const notifier = new ServiceNotifier({ env, pid: 1, onError: error => errors.push(error) })
    notifier.ready(() => ({ status: 'live', isWell: true }))
    notifier.stopping()
    await notifier.close()
    expect(errors).toHaveLength(1)
  })
})

describe('what systemd is told of a hub', () => {
  const live = {
    state: 'live',
    stale_since: null,
    problems: [],
    hub: { registered: 12 },
    cursor: 'r1',
    database: { error: null },
  } as unknown as DaemonStatus

  test('says where it listens and how many clients it has', () => {
    expect(describeService(live, '0.0.0.0:8765')).toEqual({
      status: 'live on 0.0.0.0:8765, 12 clients',
      isWell: true,
    })
  })

  test('says that it starts until the journal is read for the first time', () => {
    const early = { ...live, state: 'stale' as const, stale_since: '2026-01-01T00:00:00Z', cursor: null }
    expect(describeService(early, 'h:1').status).toBe('starting on h:1, 12 clients')
  })

  test.each([
    ['RTB_CANARY_STUCK', false],
    ['RTB_CANARY_WRITE', true],
    ['RTB_CANARY_MISSING', true],
  ])('a restart is tried only where it may help: %s', (code, isWell) => {
    const problem = { code, message: 'm', hint: 'h' }
    const status = describeService({ ...live, state: 'stale', problems: [problem] }, 'h:1')
    expect(status.isWell).toBe(isWell)
    expect(status.status).toContain(`; ${code}: m`)
  })

  test('a database that is away ends no hub', () => {
    const error = { code: 'RTB_DATABASE_REFUSED', message: 'nothing accepts', hint: 'h' }
    const database = { ...live.database, connected: false, error }
    const away = {
      ...live,
      state: 'stale' as const,
      stale_since: '2026-01-01T00:00:00Z',
      cursor: null,
      database,
    }
    expect(describeService(away, 'h:1')).toEqual({
      status: 'stale since 2026-01-01T00:00:00Z on h:1, 12 clients; RTB_DATABASE_REFUSED: nothing accepts',
      isWell: true,
    })
  })
})

async function open(env: Readonly<Record<string, string>> = {}, everyMs = 100) {
  const socket = await openNotifySocket()
  const errors: unknown[] = []
  const notifier = new ServiceNotifier({
    env: { PATH: process.env['PATH'] ?? '', NOTIFY_SOCKET: socket.path, WATCHDOG_USEC: '180000', ...env },
    pid: process.pid,
    onError: error => errors.push(error),
    everyMs,
  })
  onTestFinished(async () => {
    await notifier.close()
    expect(errors).toEqual([])
  })
  return { socket, notifier }
}
