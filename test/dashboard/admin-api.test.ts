import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { describe, expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'
import { AdminSessions, sessionMs } from '../../src/access/admin-sessions.ts'
import { type Identity, openIdentity } from '../../src/access/identity.ts'
import { TicketOffice } from '../../src/access/ticket-office.ts'
import { createClient } from '../../src/client-node/index.ts'
import { runCli } from '../cli/run-cli.ts'
import { testConfig } from '../support/daemon-fixture.ts'
import { waitFor } from '../support/wait-for.ts'
import { type DashboardHub, openDashboardHub } from './open-dashboard.ts'

const post = (body: object, token?: string) => ({
  method: 'POST',
  headers: {
    'content-type': 'application/json',
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  },
  body: JSON.stringify(body),
})
const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } })

async function codeOf(answer: Response): Promise<readonly [number, string]> {
  return [answer.status, ((await answer.json()) as { code: string }).code]
}

const linkOf = async (hub: DashboardHub, token: string) => {
  const made = await fetch(`${hub.origin}/api/dashboard/link`, post({}, token))
  return ((await made.json()) as { link: string }).link
}
const openWith = async (hub: DashboardHub, link: string) => {
  const opened = await fetch(`${hub.origin}/api/dashboard/sign-in`, post({ link }))
  return ((await opened.json()) as { token: string }).token
}
const standing = (hub: DashboardHub, token: string) => fetch(`${hub.origin}/api/dashboard`, bearer(token))

describe('what admins do over HTTP', () => {
  test('is refused to everybody else', async () => {
    const hub = await openDashboardHub()
    const paths = ['/api/connections/disconnect', '/api/connections/message', '/api/dashboard/link']
    for (const path of paths) {
      expect(await codeOf(await fetch(hub.origin + path, post({})))).toEqual([401, 'RTB_AUTH_REQUIRED'])
      const clerk = await fetch(hub.origin + path, post({}, hub.clerkKey))
      expect(await codeOf(clerk)).toEqual([403, 'RTB_HTTP_ADMIN'])
    }
    const tables = await fetch(`${hub.origin}/api/tables`, bearer(hub.clerkKey))
    expect(await codeOf(tables)).toEqual([403, 'RTB_HTTP_ADMIN'])
    const standing = await fetch(`${hub.origin}/api/dashboard`, bearer(hub.clerkKey))
    expect(await standing.json()).toEqual({ admin: false, user: 'front-desk' })
  })

  test('knows only the connections of this hub', async () => {
    const hub = await openDashboardHub()
    const body = { connection: 'nobody' }
    const gone = await fetch(`${hub.origin}/api/connections/disconnect`, post(body, hub.adminKey))
    expect(await codeOf(gone)).toEqual([404, 'RTB_HTTP_CONNECTION'])
    const message = { ...body, text: 'hello' }
    const unheard = await fetch(`${hub.origin}/api/connections/message`, post(message, hub.adminKey))
    expect(await codeOf(unheard)).toEqual([404, 'RTB_HTTP_CONNECTION'])
  })

  test('says when a client does not listen to messages, and stands in the audit log without the text', async () => {
    const hub = await openDashboardHub()
    const client = createClient({ url: hub.url, appName: 'deaf', getToken: () => hub.clerkKey })
    onTestFinished(() => client.close())
    await client.on('SOMETHING', () => {}).ready()
    const listed = await fetch(`${hub.origin}/api/connections`, bearer(hub.adminKey))
    const { connections } = (await listed.json()) as { connections: { id: string; selects: object[] }[] }
    expect(connections).toMatchObject([
      { user: 'front-desk', lag_ms: 0, selects: [{ events: ['SOMETHING'] }] },
    ])
    const body = { connection: connections[0]?.id, text: 'secret words' }
    const answer = await fetch(`${hub.origin}/api/connections/message`, post(body, hub.adminKey))
    expect(await answer.json()).toEqual({ delivered: false })
    const audited = hub.log.filter(line => line.includes('/api/connections/message'))
    expect(audited[0]).toContain('"user":"boss"')
    expect(hub.log.join('')).not.toContain('secret words')
  })

  test('leaves RTBRIDGE_MESSAGE to admins', async () => {
    const hub = await openDashboardHub()
    const body = { event_type: 'RTBRIDGE_MESSAGE', data: { text: 'I am the admin' } }
    const answer = await fetch(`${hub.origin}/api/publish`, post(body, hub.clerkKey))
    expect(await codeOf(answer)).toEqual([400, 'RTB_CUSTOM_EVENT_RESERVED'])
  })
})

describe('a link', () => {
  test('is made by an admin, and changed once for a token that the WebSocket takes, too', async () => {
    const hub = await openDashboardHub()
    const made = await fetch(`${hub.origin}/api/dashboard/link`, post({}, hub.adminKey))
    const { link } = (await made.json()) as { link: string }
    const signIn = () => fetch(`${hub.origin}/api/dashboard/sign-in`, post({ link }))
    const { token } = (await (await signIn()).json()) as { token: string }
    expect(await codeOf(await signIn())).toEqual([401, 'RTB_AUTH_INVALID'])
    const standing = await fetch(`${hub.origin}/api/dashboard`, bearer(token))
    expect(await standing.json()).toEqual({ admin: true, user: null })
    const client = createClient({ url: hub.url, appName: 'page', getToken: () => token })
    onTestFinished(() => client.close())
    await client.subscribe({}).ready()
    expect(hub.log.join('')).not.toContain(token)
    expect(hub.log.join('')).not.toContain(link)
  })

  test('lets an admin in from outside of the machine where nobody is asked who he is', async () => {
    const hub = await openDashboardHub('auth: { mode: open }')
    const nobody = await fetch(`${hub.origin}/api/dashboard`)
    expect(await nobody.json()).toEqual({ admin: false, user: null })
    const link = new URL(hub.daemon.dashboardLink() ?? '').hash.slice(1)
    const answer = await fetch(`${hub.origin}/api/dashboard/sign-in`, post({ link }))
    const { token } = (await answer.json()) as { token: string }
    const standing = await fetch(`${hub.origin}/api/dashboard`, bearer(token))
    expect(await standing.json()).toMatchObject({ admin: true })
    const forged = await fetch(`${hub.origin}/api/dashboard`, bearer('rtbs_forged'))
    expect(await codeOf(forged)).toEqual([401, 'RTB_AUTH_INVALID'])
  })
})

describe('what an admin lets in', () => {
  test('goes with him: the session of his link, those of links made in it, and their connections', async () => {
    const hub = await openDashboardHub()
    await hub.daemon.live
    const first = await openWith(hub, await linkOf(hub, hub.adminKey))
    const second = await openWith(hub, await linkOf(hub, first))
    const waiting = await linkOf(hub, second)
    const own = await openWith(hub, new URL(hub.daemon.dashboardLink() ?? '').hash.slice(1))
    const client = await hub.register({ token: second })
    await hub.reload('')
    expect(await (await standing(hub, second)).json()).toMatchObject({ admin: true })
    const clerk = createHash('sha256').update(hub.clerkKey).digest('hex')
    const others = `auth: { mode: key, keys: [{ name: front-desk, roles: [clerk], hash: "sha256:${clerk}" }] }`
    await hub.daemon.reload(testConfig(hub.database.url, others))
    await waitFor(() => client.closed !== null)
    for (const token of [first, second, await openWith(hub, waiting)]) {
      expect(await codeOf(await standing(hub, token))).toEqual([401, 'RTB_AUTH_REVOKED'])
      expect(await codeOf(await fetch(`${hub.origin}/api/dashboard/link`, post({}, token)))).toEqual([
        401,
        'RTB_AUTH_REVOKED',
      ])
    }
    expect(await (await standing(hub, own)).json()).toEqual({ admin: true, user: null })
  })

  test('goes when his key is revoked', async () => {
    const hub = await openDashboardHub()
    await hub.daemon.live
    const session = await openWith(hub, await linkOf(hub, hub.adminKey))
    const waiting = await linkOf(hub, hub.adminKey)
    expect((await standing(hub, session)).status).toBe(200)
    const env = { RTBRIDGE_DATABASE_URL: hub.database.url }
    expect(await runCli(['token', 'revoke', '--user', 'boss'], { env })).toMatchObject({ code: 0 })
    await waitFor(async () => (await standing(hub, hub.adminKey)).status === 401)
    expect(await codeOf(await standing(hub, session))).toEqual([401, 'RTB_AUTH_REVOKED'])
    const late = await fetch(`${hub.origin}/api/dashboard/sign-in`, post({ link: waiting }))
    expect(await codeOf(late)).toEqual([401, 'RTB_AUTH_REVOKED'])
  })
})

describe('signing out', () => {
  const signOut = (hub: DashboardHub, token: string) =>
    fetch(`${hub.origin}/api/dashboard/sign-out`, post({}, token))

  test.for(['auth: { mode: open }', undefined])(
    'ends the session at the hub, with what was made in it and every open connection (%s)',
    async auth => {
      const hub = await openDashboardHub(auth)
      await hub.daemon.live
      const copied = await openWith(hub, new URL(hub.daemon.dashboardLink() ?? '').hash.slice(1))
      const other = await openWith(hub, new URL(hub.daemon.dashboardLink() ?? '').hash.slice(1))
      const child = await openWith(hub, await linkOf(hub, copied))
      const waiting = await linkOf(hub, copied)
      const closedBy: Record<string, number> = {}
      for (const [name, token] of Object.entries({ copied, child, other })) {
        const socket = new WebSocket(hub.url, bearer(token))
        onTestFinished(() => socket.terminate())
        socket.on('close', code => {
          closedBy[name] = code
        })
        await once(socket, 'open')
      }
      const events = await fetch(`${hub.origin}/events`, bearer(copied))
      const whole = events.text().catch(() => 'cut')
      expect(await (await signOut(hub, copied)).json()).toEqual({ ended: true })
      await waitFor(() => Object.keys(closedBy).length >= 2)
      expect(closedBy).toEqual({ copied: 4502, child: 4502 })
      await whole
      for (const token of [copied, child]) {
        expect(await codeOf(await standing(hub, token))).toEqual([401, 'RTB_AUTH_INVALID'])
      }
      const late = await fetch(`${hub.origin}/api/dashboard/sign-in`, post({ link: waiting }))
      expect(await codeOf(late)).toEqual([401, 'RTB_AUTH_REVOKED'])
      expect((await standing(hub, other)).status).toBe(200)
      expect(hub.log.some(line => line.includes('"sign-out"'))).toBe(true)
    },
  )

  test('takes a ticket that was made in the session with it', async () => {
    const hub = await openDashboardHub()
    await hub.daemon.live
    const token = await openWith(hub, new URL(hub.daemon.dashboardLink() ?? '').hash.slice(1))
    const made = await fetch(`${hub.origin}/api/ticket`, post({}, token))
    const { ticket } = (await made.json()) as { ticket: string }
    await signOut(hub, token)
    expect(await codeOf(await fetch(`${hub.origin}/events?ticket=${ticket}`))).toEqual([
      401,
      'RTB_AUTH_REVOKED',
    ])
  })

  test('leaves a key alone, which is no session', async () => {
    const hub = await openDashboardHub()
    expect(await (await signOut(hub, hub.adminKey)).json()).toEqual({ ended: false })
    expect((await standing(hub, hub.adminKey)).status).toBe(200)
  })
})

describe('a session', () => {
  const openSessions = () => {
    let now = 1_000
    const attempts = { check: () => {}, add: () => {} }
    const links = new TicketOffice({
      now: () => now,
      uptime: () => now,
      isRevoked: () => false,
      attempts,
      validMs: 600_000,
    })
    const sessions = new AdminSessions({ links, now: () => now })
    const pass = (ms: number) => {
      now += ms
    }
    return { sessions, pass }
  }

  test('ends after twelve hours', () => {
    const { sessions, pass } = openSessions()
    const { token } = sessions.open(sessions.issueLink().ticket, '10.0.0.1')
    expect(sessions.find(token)).toMatchObject({ roles: ['admin'] })
    pass(sessionMs)
    expect(() => sessions.find(token)).toThrow(/expired/)
  })

  test('is not begun with a link that is older than ten minutes', () => {
    const { sessions, pass } = openSessions()
    const { ticket } = sessions.issueLink()
    pass(600_001)
    expect(() => sessions.open(ticket, '10.0.0.1')).toThrow(/not valid/)
  })

  test('ends no later than the token or the session in which its link was made', () => {
    const { sessions, pass } = openSessions()
    const begin = (issuer?: Identity) => sessions.open(sessions.issueLink(issuer).ticket, '10.0.0.1').token
    const first = begin()
    pass(sessionMs - 1_000)
    const second = begin(sessions.find(first) ?? undefined)
    const brief = begin({ ...openIdentity, roles: ['admin'], expiresAt: 1_000 + sessionMs - 500 })
    expect(sessions.find(second)).not.toBeNull()
    pass(500)
    expect(() => sessions.find(brief)).toThrow(/expired/)
    pass(500)
    expect(() => sessions.find(second)).toThrow(/expired/)
  })

  test('ends when a hundred others were begun', () => {
    const { sessions } = openSessions()
    const begin = () => sessions.open(sessions.issueLink().ticket, '10.0.0.1').token
    const first = begin()
    for (let count = 0; count < 99; count++) begin()
    expect(sessions.find(first)).not.toBeNull()
    begin()
    expect(() => sessions.find(first)).toThrow(/not valid/)
  })
})
