import { expect, test } from 'vitest'
import { apiAnswers } from '../../../src/protocol/api-schemas.ts'
import { openDashboardHub } from '../../dashboard/open-dashboard.ts'

test('only admins are told how far a change is to whom, and it stands in the audit log', async () => {
  const hub = await openDashboardHub()
  const ask = async (query: string, key?: string) => {
    const headers = key === undefined ? {} : { authorization: `Bearer ${key}` }
    const answer = await fetch(`${hub.origin}/api/trace${query}`, { headers })
    return { status: answer.status, body: (await answer.json()) as { code?: string } }
  }
  const place = '?tx=1&seq=1'
  expect((await ask(place)).body.code).toBe('RTB_AUTH_REQUIRED')
  expect((await ask(place, hub.clerkKey)).body.code).toBe('RTB_HTTP_ADMIN')
  for (const wrong of ['', '?tx=1', '?tx=1&seq=x', '?tx=-1&seq=1', '?tx=1&seq=99999999999999999999']) {
    expect((await ask(wrong, hub.adminKey)).body.code).toBe('RTB_QUERY_INVALID')
  }
  const { status, body } = await ask(place, hub.adminKey)
  expect(status).toBe(200)
  expect(apiAnswers.trace.parse(body)).toMatchObject({ events: null, total: 0, connections: [] })
  expect(hub.log.some(line => line.includes('"subject":"/api/trace"'))).toBe(true)
})
