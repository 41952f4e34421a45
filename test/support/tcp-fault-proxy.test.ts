import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { openTcpFaultProxy } from './tcp-fault-proxy.ts'
import { waitFor } from './wait-for.ts'

test('passes bytes both ways, late when told to', async () => {
  const { client, proxy } = await openEcho()
  client.write('a')
  expect(String((await once(client, 'data'))[0])).toBe('a')
  proxy.setMode({ kind: 'delay', ms: 30 })
  const before = performance.now()
  client.write('b')
  expect(String((await once(client, 'data'))[0])).toBe('b')
  // Once there and once back; timers may fire a little early.
  expect(performance.now() - before).toBeGreaterThan(50)
})

test('keeps the order of bytes when a delay ends', async () => {
  const { client, proxy, received } = await openEcho()
  proxy.setMode({ kind: 'delay', ms: 30 })
  client.write('first ')
  await waitFor(() => proxy.delayed === 1)
  proxy.setMode({ kind: 'pass' })
  client.write('second')
  await waitFor(() => received.join('') === 'first second')
})

test('swallows bytes as a blackhole and keeps the connection', async () => {
  const { client, proxy, received } = await openEcho()
  proxy.setMode({ kind: 'blackhole' })
  client.write('lost')
  await waitFor(() => proxy.swallowedBytes === 4)
  proxy.setMode({ kind: 'pass' })
  client.write('kept')
  await waitFor(() => received.join('') === 'kept')
  expect(proxy.connections).toBe(1)
})

test('cuts with a reset', async () => {
  const { client, proxy } = await openEcho()
  proxy.reset()
  const [error] = await once(client, 'error')
  expect(error).toMatchObject({ code: 'ECONNRESET' })
  await waitFor(() => proxy.connections === 0)
})

test('closes one half', async () => {
  const { client, proxy, received } = await openEcho()
  client.resume()
  proxy.halfClose()
  await once(client, 'end')
  client.write('still heard')
  await waitFor(() => received.join('') === 'still heard')
})

/** A server that sends back what it gets, and a client that reaches it through a proxy. */
async function openEcho() {
  const received: string[] = []
  const server = createServer({ allowHalfOpen: true }, socket => {
    socket.on('data', data => {
      received.push(String(data))
      socket.write(data)
    })
    socket.on('error', () => {})
    onTestFinished(() => void socket.destroy())
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const proxy = await openTcpFaultProxy({ host: '127.0.0.1', port: (server.address() as AddressInfo).port })
  const client: Socket = connect({ port: proxy.port, host: '127.0.0.1', allowHalfOpen: true })
  onTestFinished(() => void client.destroy())
  await once(client, 'connect')
  await waitFor(() => proxy.connections === 1)
  client.write('!')
  await once(client, 'data')
  received.length = 0
  return { client, proxy, received }
}
