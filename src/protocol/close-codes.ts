/**
 * Why the hub closed a connection. 4000–4499: come back; 4500–4999: coming back the same way will not help.
 * @see https://www.rfc-editor.org/rfc/rfc6455#section-7.4.2
 */
export const closeCodes = {
  /** The hub stops or restarts; `going_away` said when to come back. */
  goingAway: 4000,
  /** The client took no data for too long. */
  stalled: 4001,
  /** The client sent requests without reading the answers. */
  repliesUnread: 4002,
  /** The hub has as many connections as it may have. */
  hubFull: 4003,
  /** Something unexpected on the hub's side. */
  internal: 4004,
  /** The client went on sending more than it may. */
  tooFast: 4008,
  /** The client sent nothing and answered no probe. */
  idle: 4009,
  /** Who the client is has changed what it may see; with its cursor it goes on where it was. */
  identityChanged: 4005,
  /** An admin ended the connection; with its cursor it goes on where it was. */
  sentAway: 4006,
  /** Nobody signed in within the time for it. */
  signInMissing: 4500,
  /** The token has expired: sign in with a new one. */
  signInExpired: 4501,
  /** The key or token was revoked. */
  signInRevoked: 4502,
} as const

export type CloseCode = (typeof closeCodes)[keyof typeof closeCodes]

/** The standard code for a message above the size limit. */
export const messageTooBigCode = 1009

/** Whether a client should connect again after this close code. Standard codes below 4000 count as yes. */
export function isRetryable(code: number): boolean {
  return code < 4500
}
