import { connect, createServer, type Server } from 'node:net'
import { Client } from 'pg'
import { describe, expect, onTestFinished, test } from 'vitest'
import { watchForLeaks } from './leak-check.ts'
import { createTestDatabase } from './test-database.ts'

const database = await createTestDatabase()

describe('the leak check', () => {
  test('bites on a server that still listens', async () => {
    const check = watchForLeaks(50)
    const server = await listen()
    await expect(check()).rejects.toThrow('1 TCPServerWrap')
    server.close()
  })

  test('bites on a connection that is still open', async () => {
    const server = await listen()
    const check = watchForLeaks(50)
    const socket = connect((server.address() as { port: number }).port, '127.0.0.1')
    onTestFinished(() => {
      socket.destroy()
      server.close()
    })
    await new Promise(resolve => socket.once('connect', resolve))
    await expect(check()).rejects.toThrow('TCPSocketWrap')
  })

  test('bites on a database connection that was not ended', async () => {
    const check = watchForLeaks(50)
    const client = new Client({ connectionString: database.url })
    await client.connect()
    await expect(check()).rejects.toThrow('1 TCPSocketWrap')
    await client.end()
  })

  test('bites on a timer that still runs', async () => {
    const check = watchForLeaks(50)
    const timer = setInterval(() => {}, 60_000)
    await expect(check()).rejects.toThrow('a timer made at')
    clearInterval(timer)
  })

  test('lets a timer pass that does not keep the process alive', async () => {
    const check = watchForLeaks(50)
    setInterval(() => {}, 60_000).unref()
    await check()
  })

  test('lets the pool of the test database pass', async () => {
    const check = watchForLeaks(50)
    await Promise.all([database.query('SELECT 1'), database.query('SELECT 2')])
    await check()
  })
})

async function listen(): Promise<Server> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return server
}
