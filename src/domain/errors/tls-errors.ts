import { counted } from '../counted.ts'
import { define } from './define.ts'

/** Certificates and keys of the hub. */
export const tlsErrors = {
  RTB_TLS_INCOMPLETE: define<{ missing: string }>({
    actor: 'operator',
    message: ({ missing }) => `${missing} is not set, and a certificate needs its key`,
    hint: () => 'set both tls.cert and tls.key, or neither; `rtbridge cert init` makes them',
  }),
  RTB_TLS_UNREADABLE: define<{ path: string; problem: string }>({
    actor: 'operator',
    message: ({ path, problem }) => `${path} cannot be used: ${problem}`,
    hint: () => 'it has to be PEM, without a pass phrase, and readable by the user that runs rtbridge',
  }),
  RTB_TLS_MISMATCH: define<{ cert: string; key: string }>({
    actor: 'operator',
    message: ({ cert, key }) => `the key in ${key} is not the one of the certificate in ${cert}`,
    hint: () =>
      'name the key that the certificate was made for, the certificate of the hub first in its file',
  }),
  RTB_TLS_EXPIRED: define<{ path: string; validTo: string }>({
    actor: 'operator',
    message: ({ path, validTo }) => `the certificate in ${path} ended on ${validTo}`,
    hint: () => 'run: rtbridge cert renew',
  }),
  RTB_TLS_NOT_YET: define<{ path: string; validFrom: string }>({
    actor: 'operator',
    message: ({ path, validFrom }) => `the certificate in ${path} begins on ${validFrom}`,
    hint: () => 'check the clock of this machine (`timedatectl`), or use another certificate',
  }),
  RTB_TLS_EXPIRING: define<{ path: string; validTo: string; days: number }>({
    actor: 'operator',
    message: ({ path, validTo, days }) =>
      `the certificate in ${path} ends in ${counted(days, 'day')}, on ${validTo}`,
    hint: () => 'run: rtbridge cert renew',
  }),
  RTB_TLS_EXPECTED: define<object>({
    actor: 'client-author',
    message: () => 'this port speaks TLS only',
    hint: () => 'use https:// or wss:// instead of http:// or ws://',
  }),
  RTB_CERT_EXISTS: define<{ path: string }>({
    actor: 'operator',
    message: ({ path }) => `there is a certificate authority in ${path} already; nothing was changed`,
    hint: () =>
      '`rtbridge cert renew` keeps it; with --force a new one is made, which every app has to trust again',
  }),
  RTB_CERT_MISSING: define<{ path: string }>({
    actor: 'operator',
    message: ({ path }) => `there is no certificate authority in ${path}`,
    hint: () => 'run `rtbridge cert init` first, or name its folder with --dir',
  }),
  RTB_CERT_NAME: define<{ name: string }>({
    actor: 'operator',
    message: ({ name }) => `a certificate cannot be made for ${JSON.stringify(name)}`,
    hint: () => 'use host names such as desk.office.lan, and addresses of the local network, in --host',
  }),
  RTB_CERT_CONSTRAINED: define<{ names: string }>({
    actor: 'operator',
    message: ({ names }) => `the certificate authority was not made for ${names}`,
    hint: () => '`rtbridge cert init --force --host …` makes one that is; every app has to trust it again',
  }),
  RTB_CERT_WRITE: define<{ path: string; problem: string }>({
    actor: 'operator',
    message: ({ path, problem }) => `${path} cannot be written: ${problem}`,
    hint: () => 'name another folder with --dir, or run it as the user that owns this one',
  }),
} as const
