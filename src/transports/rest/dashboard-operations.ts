import { isLoopback } from '../../access/identify.ts'
import { openIdentity } from '../../access/identity.ts'
import type { Audit } from '../../domain/audit.ts'
import { toRtbridgeError } from '../../domain/errors/registry.ts'
import { adminBodies, nothingSchema } from '../../protocol/api-schemas.ts'
import type { Answer } from '../answer.ts'
import { jsonAnswer } from '../answer.ts'
import type { DashboardWays } from '../ways-in.ts'
import type { ApiCall, ApiOperation } from './api-call.ts'
import { checkBody } from './read-body.ts'

/** How admins get into the dashboard: with a key of theirs, or with a link that is good once. */
export function dashboardOperations(ways: DashboardWays, audit: Audit): readonly ApiOperation[] {
  const all = { isAdmins: false, parameters: [] as readonly string[] } as const
  return [
    {
      ...all,
      method: 'GET',
      path: '/api/dashboard',
      answer: ({ identity, address }) => {
        const isHere = ways.isOpenHere && identity === openIdentity && isLoopback(address)
        return jsonAnswer(200, { admin: isHere || identity.roles.includes('admin'), user: identity.user })
      },
    },
    {
      ...all,
      method: 'POST',
      path: '/api/dashboard/link',
      isAdmins: true,
      answer: ({ identity, body }) => {
        checkBody(nothingSchema, body)
        const { link, expiresAt } = ways.issueLink(identity)
        return jsonAnswer(201, { link, expires_at: expiresAt })
      },
    },
    {
      ...all,
      method: 'POST',
      path: '/api/dashboard/sign-in',
      isSignIn: true,
      answer: call => signIn(call, ways, audit),
    },
    {
      ...all,
      method: 'POST',
      path: '/api/dashboard/sign-out',
      answer: call => signOut(call, ways, audit),
    },
  ]
}

function signOut({ identity, body, address }: ApiCall, ways: DashboardWays, audit: Audit): Answer {
  checkBody(nothingSchema, body)
  const ended = ways.signOut(identity)
  const { user } = identity
  if (ended) audit({ action: 'sign-out', user, connection: null, address, subject: '/dashboard', code: null })
  return jsonAnswer(200, { ended })
}

function signIn({ body, address }: ApiCall, ways: DashboardWays, audit: Audit): Answer {
  const { link } = checkBody(adminBodies.signIn, body)
  const record = { user: null, connection: null, address, subject: '/dashboard' }
  try {
    const { token, expiresAt } = ways.signIn(link, address)
    audit({ ...record, action: 'sign-in', code: null })
    return jsonAnswer(201, { token, expires_at: expiresAt })
  } catch (error) {
    audit({ ...record, action: 'sign-in-failed', code: toRtbridgeError(error, 'the dashboard').code })
    throw error
  }
}
