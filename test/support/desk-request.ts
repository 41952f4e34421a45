import { Socket } from 'node:net'
import { isAdminOrLocal } from '../../src/access/identify.ts'
import { openIdentity } from '../../src/access/identity.ts'
import { rtbridgeError } from '../../src/domain/errors/registry.ts'

const roles: Readonly<Record<string, readonly string[]>> = {
  'Bearer boss': ['admin'],
  'Bearer ann': ['clerk'],
}

/** Ways into a hub that asks who is there, and knows `Bearer boss`, an admin, and `Bearer ann`, a clerk. */
export const askingWays = {
  isOpen: false,
  isAdmin: isAdminOrLocal,
  identify: async ({ authorization }: { authorization: string | null }) => {
    const known = roles[authorization ?? '']
    if (known === undefined) throw rtbridgeError('RTB_AUTH_INVALID', {})
    return { ...openIdentity, user: 'somebody', roles: known }
  },
}

/** A GET from an address, as a server gets it. */
export function deskRequest(url: string, address: string, authorization?: string) {
  const socket = Object.defineProperty(new Socket(), 'remoteAddress', { value: address })
  return { url, method: 'GET', headers: authorization === undefined ? {} : { authorization }, socket }
}
