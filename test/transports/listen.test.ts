import { createServer } from 'node:http'
import { describe, expect, onTestFinished, test } from 'vitest'
import { listen } from '../../src/transports/listen.ts'

/** A server that is closed after the test, whether it got to listen or not. */
function makeServer() {
  const server = createServer()
  onTestFinished(() => void server.close())
  return server
}

describe('listening', () => {
  test('gives the port that the system chose', async () => {
    expect(await listen(makeServer(), { host: '127.0.0.1', port: 0 })).toBeGreaterThan(0)
  })

  test('names a port that another program has', async () => {
    const host = '127.0.0.1'
    const port = await listen(makeServer(), { host, port: 0 })
    await expect(listen(makeServer(), { host, port })).rejects.toMatchObject({ code: 'RTB_HUB_PORT_IN_USE' })
  })

  test('says that an address belongs to another machine', async () => {
    // Reserved for documentation: nobody has it.
    const elsewhere = { host: '192.0.2.1', port: 0 }
    await expect(listen(makeServer(), elsewhere)).rejects.toMatchObject({
      code: 'RTB_HUB_ADDRESS',
      message: expect.stringContaining('EADDRNOTAVAIL'),
    })
  })

  test('says that a port is for others only', async () => {
    const user = process.geteuid?.()
    // An ordinary account, for as long as the attempt takes: root may listen anywhere.
    if (user === 0) {
      process.seteuid?.(65_534)
      onTestFinished(() => process.seteuid?.(0))
    }
    await expect(listen(makeServer(), { host: '127.0.0.1', port: 1 })).rejects.toMatchObject({
      code: 'RTB_HUB_PORT_DENIED',
    })
  })
})
