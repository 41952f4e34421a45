import { expect, test } from 'vitest'
import { answerMetrics } from '../../src/transports/answer-metrics.ts'
import { deskRequest, askingWays as ways } from '../support/desk-request.ts'
import { openDoor } from '../support/open-door.ts'

const metrics = async () => ({ contentType: 'text/plain; version=0.0.4; charset=utf-8', text: 'up 1\n' })

const from = (address: string, authorization?: string) => deskRequest('/metrics', address, authorization)

test.each([
  ['this machine', from('127.0.0.1')],
  ['a desk of an admin', from('192.168.1.7', 'Bearer boss')],
])('%s gets the metrics, as the text that Prometheus knows', async (_who, request) => {
  expect(await answerMetrics(request, ways, metrics)).toEqual({
    status: 200,
    headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8', 'cache-control': 'no-store' },
    body: 'up 1\n',
  })
})

test.each([
  ['a desk that shows nothing', from('192.168.1.7'), 'RTB_AUTH_REQUIRED'],
  ['a desk of a clerk', from('192.168.1.7', 'Bearer ann'), 'RTB_HTTP_ADMIN'],
  ['a desk with a key that is wrong', from('192.168.1.7', 'Bearer x'), 'RTB_AUTH_INVALID'],
])('%s gets none, and they are not made', async (_who, request, code) => {
  let made = 0
  const asked = answerMetrics(request, ways, () => {
    made++
    return metrics()
  })
  await expect(asked).rejects.toMatchObject({ code })
  expect(made).toBe(0)
})

test('where nobody is asked who he is, everybody whom the door lets in gets them', async () => {
  const open = { ...ways, isOpen: true }
  expect((await answerMetrics(from('192.168.1.7'), open, metrics)).status).toBe(200)
})

test('no page may read them, of an origin that is let in neither', async () => {
  const { url } = await openDoor({ allowOrigins: ['https://app.example'] }, { metrics })
  const origin = 'https://app.example'
  const health = await fetch(`${url}/health`, { headers: { origin } })
  expect(health.headers.get('access-control-allow-origin')).toBe(origin)
  const answer = await fetch(`${url}/metrics`, { headers: { origin } })
  expect(answer.status).toBe(200)
  expect([...answer.headers.keys()].filter(name => name.startsWith('access-control'))).toEqual([])
  const preflight = await fetch(`${url}/metrics`, {
    method: 'OPTIONS',
    headers: { origin, 'access-control-request-method': 'GET' },
  })
  expect([preflight.status, preflight.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
  expect([...preflight.headers.keys()].filter(name => name.startsWith('access-control'))).toEqual([])
})

test('HEAD gets the head alone, and the door comes first', async () => {
  const { url } = await openDoor({}, { metrics })
  const head = await fetch(`${url}/metrics`, { method: 'HEAD' })
  expect([head.status, await head.text(), head.headers.get('content-length')]).toEqual([200, '', '5'])
  const evil = await fetch(`${url}/metrics`, { headers: { origin: 'http://evil.example' } })
  expect(evil.status).toBe(403)
})

test('who shows a wrong key over plain HTTP is counted at the door', async () => {
  const { url, server } = await openDoor({}, { ways: { isOpen: false, identify: ways.identify }, metrics })
  const answer = await fetch(`${url}/api/stats`, { headers: { authorization: 'Bearer x' } })
  expect(answer.status).toBe(401)
  expect(server.door.refused).toEqual({ RTB_AUTH_INVALID: 1 })
})
