import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { testDoorLimits } from '../support/door-limits.ts'
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
  ['garbage\r\n\r\n', 400, 'RTB_REQUEST_MALFORMED'],
  ['GET /livez HTTP/1.1\r\nHost: x\r\n', 408, 'RTB_REQUEST_TIMEOUT'],
  [`GET /livez HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431, 'RTB_REQUEST_HEAD_TOO_LARGE'],
  [
    'GET /other HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    404,
    'RTB_HTTP_NOT_FOUND',
  ],
  ['GET /api/stats HTTP/1.1\r\nHost: %zz[\r\nConnection: close\r\n\r\n', 421, 'RTB_HOST_DENIED'],
])('answers what is no request with a problem: %#', async (text, status, code) => {
  // Short only where the end of it is what is answered.
  const handshakeMs = status === 408 ? 300 : testDoorLimits.handshakeMs
  const limits = { ...testDoorLimits, handshakeMs, closeWithinMs: 200 }
  const { server, failures } = await openTestServer({}, { limits })
  const answer = await exchange(server.port, text)
  expect(answer).toContain(`HTTP/1.1 ${status} `)
  expect(answer).toContain(`"code":"${code}"`)
  expect(failures).toEqual([])
})
