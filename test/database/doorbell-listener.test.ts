import { expect, onTestFinished, test } from 'vitest'
import { openDoorbellListener } from '../../src/database/doorbell-listener.ts'
import { terminateBackends } from '../support/backends.ts'
import { adminOptions } from '../support/capture-fixture.ts'
import { addressOf, openTcpFaultProxy, throughProxy } from '../support/tcp-fault-proxy.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { waitFor } from '../support/wait-for.ts'

const database = await createTestDatabase()
const open = new AbortController().signal

/** @param connectTimeoutMs default: far beyond what a busy machine needs */
async function openListener(channels: readonly string[], url = database.url, connectTimeoutMs = 30_000) {
  const heard: string[] = []
  const options = { ...adminOptions(url), connectTimeoutMs, answerTimeoutMs: 30_000 }
  const listener = await openDoorbellListener(options, channels, (channel, payload) => {
    heard.push(`${channel}: ${payload}`)
  })
  onTestFinished(() => listener.close())
  return { listener, heard }
}

test('hears its channels, whatever their names and payloads', async () => {
  const channels = ['rtbridge', 'With "quotes" and spaces', 'ćevapi 🥟', 'select']
  const { heard } = await openListener(channels)
  for (const channel of channels) await database.query('SELECT pg_notify($1, $2)', [channel, '{not json'])
  await database.query(`SELECT pg_notify('another', 'x'), pg_notify('rtbridge', '')`)
  await waitFor(() => heard.length === 5)
  expect(heard).toEqual([...channels.map(channel => `${channel}: {not json`), 'rtbridge: '])
})

test('proves by a ping that it hears', async () => {
  const { listener, heard } = await openListener(['rtbridge'])
  expect(await listener.ping(30_000, open)).toBe(true)
  expect(await listener.ping(30_000, open)).toBe(true)
  expect(heard).toEqual([])
})

test('says so when a ping is not heard, and stops waiting when it is told to', async () => {
  const proxy = await openTcpFaultProxy(addressOf(database.url))
  const { listener } = await openListener(['rtbridge'], throughProxy(database.url, proxy))
  proxy.setMode({ kind: 'blackhole' })
  expect(await listener.ping(20, open)).toBe(false)
  const over = new AbortController()
  const pinging = listener.ping(3_600_000, over.signal)
  over.abort()
  expect(await pinging).toBe(false)
})

test.each(['terminated', 'reset', 'half closed'])('is lost when its session is %s', async how => {
  const proxy = await openTcpFaultProxy(addressOf(database.url))
  const { listener } = await openListener(['rtbridge'], throughProxy(database.url, proxy))
  if (how === 'terminated') await terminateBackends(database, ['listener'])
  else if (how === 'reset') proxy.reset()
  else proxy.halfClose()
  await listener.lost
})

test('fails with the cause when there is nobody to connect to', async () => {
  const proxy = await openTcpFaultProxy({ host: '127.0.0.1', port: 1 })
  await expect(openListener(['rtbridge'], throughProxy(database.url, proxy))).rejects.toMatchObject({
    code: 'RTB_DATABASE_LOST',
  })
})

test('does not wait for ever when the server accepts and then says nothing', async () => {
  const proxy = await openTcpFaultProxy(addressOf(database.url))
  proxy.setMode({ kind: 'blackhole' })
  await expect(openListener(['rtbridge'], throughProxy(database.url, proxy), 500)).rejects.toMatchObject({
    code: 'RTB_DATABASE_TIMEOUT',
  })
})
