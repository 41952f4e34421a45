import { define } from './define.ts'

/** Who somebody is, and how he proves it. What clients are told never says more than they need; the log does. */
export const authErrors = {
  RTB_AUTH_REQUIRED: define<object>({
    actor: 'client-author',
    message: () => 'this hub has to know who you are',
    hint: () =>
      'sign in, and send the token as `token` of `register`, or in the header Authorization: Bearer',
  }),
  RTB_AUTH_INVALID: define<object>({
    actor: 'client-author',
    message: () => 'the token is not valid',
    hint: () => 'sign in again; `rtbridge token check` and the log of the hub say what is wrong with it',
  }),
  RTB_AUTH_EXPIRED: define<object>({
    actor: 'client-author',
    message: () => 'the token has expired',
    hint: () => 'get a new one; on a live connection send it with `auth` before the old one ends',
  }),
  RTB_AUTH_REVOKED: define<object>({
    actor: 'client-author',
    message: () => 'the token was taken back',
    hint: () => 'sign in again, or ask whoever runs the hub for a new one',
  }),
  RTB_AUTH_URL: define<object>({
    actor: 'client-author',
    message: () => 'a token in the address is not accepted',
    hint: () =>
      'send it in the first frame or in `Authorization`, or get a ticket for the address with POST /api/ticket',
  }),
  RTB_AUTH_OTHER: define<object>({
    actor: 'client-author',
    message: () => "the token is another user's than this connection's",
    hint: () => 'open a new connection for another user; `auth` renews the sign-in of the same one',
  }),
  RTB_AUTH_ATTEMPTS: define<{ retryMs: number }>({
    actor: 'client-author',
    message: ({ retryMs }) =>
      `too many wrong tokens came from this address; the next one counts in ${retryMs} ms`,
    hint: () => 'wait that long, and do not send a token again that was refused as not valid',
  }),
  RTB_AUTH_UNAVAILABLE: define<object>({
    actor: 'client-author',
    message: () => 'the hub cannot check tokens at this moment',
    hint: () => 'try again in a while: the hub lacks its database, or the keys of the issuer',
  }),
  RTB_AUTH_TICKETS: define<{ limit: number }>({
    actor: 'client-author',
    message: ({ limit }) => `${limit} tickets wait to be used`,
    hint: () => 'connect with a ticket before asking for the next; an unused one ends after 30 s',
  }),
  RTB_AUTH_UNDECIDED: define<{ host: string }>({
    actor: 'operator',
    message: ({ host }) =>
      `hub.host ${host} can be reached from other machines, and nothing says who may connect`,
    hint: () =>
      'write who may, as `rtbridge token create <name>` prints it:\n  auth:\n    mode: key\nor let everybody of a private network in:\n  auth:\n    mode: open',
  }),
  RTB_AUTH_OPEN_PUBLIC: define<{ host: string }>({
    actor: 'operator',
    message: ({ host }) =>
      `auth.mode open is for loopback and private networks, and hub.host ${host} is neither`,
    hint: () => 'set auth.mode to key or jwt, or hub.host to an address of a private network',
  }),
  RTB_AUTH_KEY_UNUSABLE: define<{ source: string; problem: string }>({
    actor: 'operator',
    message: ({ source, problem }) => `${source} cannot be used to check tokens: ${problem}`,
    hint: () =>
      'give a public key or certificate in PEM (RSA of 2048 bits or more, P-256, P-384, P-521, Ed25519), a JWKS, or a secret as long as its hash',
  }),
  RTB_TOKEN_KEY: define<{ problem: string }>({
    actor: 'operator',
    message: ({ problem }) => `no token can be made: ${problem}`,
    hint: () =>
      'configure auth.jwt, with claims.tenant for --tenant; name a private key in PEM with --private-key-file, or configure auth.jwt.secret',
  }),
  RTB_TOKEN_MISSING: define<object>({
    actor: 'operator',
    message: () => 'there is no token to look at',
    hint: () =>
      'pass it on standard input (rtbridge token check < token.txt) or with --file, so that it is in no list of processes',
  }),
  RTB_TOKEN_REFUSED: define<{ code: string; reason: string }>({
    actor: 'operator',
    message: ({ code, reason }) => `the hub would refuse this token (${code}): ${reason}`,
    hint: () => 'make a new one with `rtbridge token create`, or correct `auth` in rtbridge.yaml',
  }),
  RTB_TOKEN_UNKNOWN: define<{ kind: string; subject: string }>({
    actor: 'operator',
    message: ({ kind, subject }) => `no revocation of the ${kind} ${JSON.stringify(subject)} is there`,
    hint: () => 'run: rtbridge token list',
  }),
} as const
