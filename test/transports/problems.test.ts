import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { defaultHttpLimits } from '../../src/transports/http-server.ts'
import { openTestServer } from '../support/open-test-server.ts'

/** Sends text as it is, and gives everything that comes back. */
function exchange(port: number, text: string): Promise<string> {
  return new Promise(resolve => {
    let answer = ''
    const socket = connect(port, '127.0.0.1', () => socket.write(text))
    socket.on('data', part => {
      answer += part
    })
    socket.on('error', () => {})
    socket.on('close', () => resolve(answer))
  })
}

test.each([
  ['garbage\r\n\r\n', 400, 'RTB_HTTP_MALFORMED'],
  ['GET /livez HTTP/1.1\r\nHost: localhost\r\n', 408, 'RTB_HTTP_SLOW'],
  [`GET /livez HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431, 'RTB_HTTP_HEAD_SIZE'],
  [
    'GET /other HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    404,
    'RTB_HTTP_NOT_FOUND',
  ],
  ['GET /api/stats HTTP/1.1\r\nHost: 127.0.0.1:x\r\nConnection: close\r\n\r\n', 400, 'RTB_HTTP_MALFORMED'],
])('answers what is no request with a problem: %#', async (text, status, code) => {
  const limits = { ...defaultHttpLimits, handshakeMs: 300, closeWithinMs: 200 }
  const { server, failures } = await openTestServer({}, { limits })
  const answer = await exchange(server.port, text)
  expect(answer).toContain(`HTTP/1.1 ${status} `)
  expect(answer).toContain(`"code":"${code}"`)
  expect(failures).toEqual([])
})
