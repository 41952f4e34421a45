import { expect, test } from 'vitest'
import { testDoorLimits } from '../support/door-limits.ts'
import { openTestServer } from '../support/open-test-server.ts'

const ours = 'https://app.example'
const limits = { ...testDoorLimits, allowOrigins: [ours] }
const preflight = (origin: string) => ({
  method: 'OPTIONS',
  headers: { origin, 'access-control-request-method': 'POST' },
})

test('lets pages of a named origin read, and tells caches that it depends', async () => {
  const { url } = await openTestServer({}, { limits })
  for (const path of ['/api/stats', '/api/nothing', '/events?evnts=1', '/openapi.json']) {
    const answer = await fetch(url(path), { headers: { origin: ours } })
    expect(answer.headers.get('access-control-allow-origin')).toBe(ours)
    expect(answer.headers.get('vary')).toBe('origin')
    expect(answer.headers.get('access-control-allow-credentials')).toBeNull()
  }
})

test.each(['https://app.example.evil.test', 'https://APP.example', 'http://app.example', 'null'])(
  'lets pages of %s read nothing',
  async origin => {
    const { url } = await openTestServer({}, { limits })
    const answer = await fetch(url('/api/stats'), { headers: { origin } })
    expect(answer.headers.get('access-control-allow-origin')).toBeNull()
    expect((await fetch(url('/api/publish'), preflight(origin))).status).toBe(403)
  },
)

test('lets a page of a named origin ask what it may send', async () => {
  const { url } = await openTestServer({}, { limits })
  const answer = await fetch(url('/api/publish'), preflight(ours))
  expect(answer.status).toBe(204)
  expect(answer.headers.get('access-control-allow-origin')).toBe(ours)
  expect(answer.headers.get('access-control-allow-headers')).toContain('authorization')
})

test('tells an operator which origin to add', async () => {
  const { url } = await openTestServer()
  const answer = await fetch(url('/api/publish'), preflight(ours))
  const problem = (await answer.json()) as { detail: string; hint: string }
  expect(problem).toMatchObject({ status: 403, code: 'RTB_ORIGIN_DENIED' })
  expect(problem.detail).toContain(ours)
  expect(problem.hint).toContain('hub.allow_origins')
})
