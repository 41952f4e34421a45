import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import { connectRawClient } from './raw-client.ts'

test('sends in the envelope of the protocol and gives out each answer once, in order', async () => {
  const url = await serve(socket => socket.on('message', frame => socket.send(String(frame))))
  const client = await connectRawClient(url)
  for (const n of [1, 2, 3]) client.send('ping', { n })
  expect((await client.next()).data).toEqual({ n: 1 })
  expect((await client.next(message => message.data['n'] === 3)).data).toEqual({ n: 3 })
  await expect(client.next('ping', 20)).rejects.toThrow('got 3 (ping, ping, ping)')
})

test('says with what code it was closed', async () => {
  const client = await connectRawClient(await serve(socket => socket.close(4500, 'not welcome')))
  expect(await client.nextClose()).toEqual({ code: 4500, reason: 'not welcome' })
})

test('is cleaned up even when the test has paused it', async () => {
  const client = await connectRawClient(await serve(socket => socket.send('{}')))
  client.socket.pause()
})

async function serve(onConnection: (socket: WebSocket) => void): Promise<string> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  server.on('connection', onConnection)
  await new Promise(resolve => server.once('listening', resolve))
  onTestFinished(() => void server.close())
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`
}
