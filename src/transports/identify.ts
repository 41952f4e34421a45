import type { IncomingMessage } from 'node:http'
import type { Authenticator } from '../access/authenticator.ts'
import type { Identity } from '../access/identity.ts'
import { openIdentity } from '../access/identity.ts'
import { rtbridgeError } from '../domain/errors/registry.ts'

/** The WebSocket subprotocol the hub speaks; a client that shows its token as a subprotocol offers this one, too. */
export const subprotocol = 'rtbridge.v1'
const tokenProtocol = 'rtbridge.token.'

/** What a request shows to say who sent it. */
export type Credential = { readonly kind: 'token' | 'url-token' | 'ticket'; readonly value: string }

export interface IdentifyOptions {
  readonly authenticator: Authenticator
  /** Takes a one-time ticket; null when it is none, is used up or too old. */
  readonly redeem: (ticket: string) => Identity | null
  /** Whether `?token=` counts: addresses end up in logs. */
  readonly allowTokenInUrl: boolean
}

/** Tells who sent a request; null when it shows nothing and the hub wants to know. @throws RTB_AUTH_* */
export type Identify = (request: IncomingMessage) => Promise<Identity | null>

/** Makes the one way in which requests of every kind say who sent them. */
export function createIdentify({ authenticator, redeem, allowTokenInUrl }: IdentifyOptions): Identify {
  return async request => {
    if (authenticator.mode === 'open') return openIdentity
    const credential = readCredential(request)
    if (credential === null) return null
    if (credential.kind === 'ticket') {
      const identity = redeem(credential.value)
      if (identity === null) throw rtbridgeError('RTB_AUTH_TICKET', {})
      return identity
    }
    if (credential.kind === 'url-token' && !allowTokenInUrl) throw rtbridgeError('RTB_AUTH_URL', {})
    return authenticator.authenticate(credential.value, request.socket.remoteAddress ?? 'unknown')
  }
}

/**
 * What a request shows: `Authorization: Bearer …`, else the subprotocol `rtbridge.token.…`, else `?ticket=`, else
 * `?token=`.
 */
export function readCredential(request: Pick<IncomingMessage, 'headers' | 'url'>): Credential | null {
  const bearer = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1]
  if (bearer !== undefined) return { kind: 'token', value: bearer }
  const offered = offeredProtocols(request).find(name => name.startsWith(tokenProtocol))
  if (offered !== undefined) return { kind: 'token', value: offered.slice(tokenProtocol.length) }
  const query = queryOf(request)
  const ticket = query.get('ticket')
  if (ticket !== null) return { kind: 'ticket', value: ticket }
  const token = query.get('token')
  return token === null ? null : { kind: 'url-token', value: token }
}

function offeredProtocols({ headers }: Pick<IncomingMessage, 'headers'>): readonly string[] {
  return (headers['sec-websocket-protocol'] ?? '').split(',').map(name => name.trim())
}

function queryOf({ url = '' }: Pick<IncomingMessage, 'url'>): URLSearchParams {
  return new URLSearchParams(url.split('?').slice(1).join('?'))
}
