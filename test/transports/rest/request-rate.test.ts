import { connect, Socket } from 'node:net'
import { expect, test } from 'vitest'
import { RequestRate } from '../../../src/transports/rest/request-rate.ts'
import { openTestServer } from '../../support/open-test-server.ts'

test('gives a connection ten seconds worth of requests at once, then so many a second', () => {
  let now = 0
  const rate = new RequestRate(2, () => now)
  const [one, other] = [new Socket(), new Socket()]
  for (let i = 0; i < 20; i++) rate.take(one)
  expect(() => rate.take(one)).toThrow(expect.objectContaining({ code: 'RTB_HTTP_RATE' }))
  rate.take(other)
  now = 500
  rate.take(one)
  expect(() => rate.take(one)).toThrow()
  now = 1_000_000
  for (let i = 0; i < 20; i++) rate.take(one)
  expect(() => rate.take(one)).toThrow()
})

test('a connection that asks the API too often is answered 429', async () => {
  const { server } = await openTestServer({}, { ways: { requestsPerSecond: 0.1 } })
  const ask = (more: string) => `GET /api/stats HTTP/1.1\r\nHost: localhost\r\n${more}\r\n`
  const answers = await new Promise<string>(resolve => {
    let text = ''
    const socket = connect(server.port, '127.0.0.1', () =>
      socket.write(ask('') + ask('Connection: close\r\n')),
    )
    socket.on('data', part => {
      text += part
    })
    socket.on('close', () => resolve(text))
  })
  expect(answers.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 429'])
  expect(answers.toLowerCase()).toContain('retry-after: 5')
  expect(answers).toContain('"code":"RTB_HTTP_RATE"')
})
