import type { KeyObject } from 'node:crypto'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { RtbridgeError } from '../../domain/errors/registry.ts'
import { rtbridgeError } from '../../domain/errors/registry.ts'

/** Where the certificate of a hub lies. */
export interface TlsFiles {
  readonly certFile: string
  readonly keyFile: string
}

/** A certificate and its key, checked, as `node:tls` takes them. */
export interface TlsIdentity {
  readonly cert: string
  readonly key: string
  /** End of validity, milliseconds since 1970. */
  readonly validToMs: number
  /** SHA-256 of the certificate, `AB:CD:…`. */
  readonly fingerprint: string
}

/** A warning comes so long before the end, days. */
const warnBeforeDays = 30
const dayMs = 86_400_000

/**
 * Reads a certificate (the hub's own first, then its chain) and its key.
 * @param now milliseconds since 1970
 * @throws RTB_TLS_UNREADABLE RTB_TLS_MISMATCH RTB_TLS_EXPIRED RTB_TLS_NOT_YET
 */
export function readTlsIdentity({ certFile, keyFile }: TlsFiles, now: number): TlsIdentity {
  const cert = readText(certFile)
  const key = readText(keyFile)
  const certificate = parse(certFile, () => new X509Certificate(cert))
  const privateKey = parse(keyFile, () => readKey(key))
  if (!certificate.checkPrivateKey(privateKey)) {
    throw rtbridgeError('RTB_TLS_MISMATCH', { cert: certFile, key: keyFile })
  }
  const [from, to] = [Date.parse(certificate.validFrom), Date.parse(certificate.validTo)]
  if (now > to) throw rtbridgeError('RTB_TLS_EXPIRED', { path: certFile, validTo: day(to) })
  if (now < from) throw rtbridgeError('RTB_TLS_NOT_YET', { path: certFile, validFrom: day(from) })
  return { cert, key, validToMs: to, fingerprint: certificate.fingerprint256 }
}

/** What should be said of the certificate's end; null while it is far. */
export function judgeValidity(path: string, validToMs: number, now: number): RtbridgeError | null {
  const days = Math.floor((validToMs - now) / dayMs)
  const validTo = day(validToMs)
  if (now > validToMs) return rtbridgeError('RTB_TLS_EXPIRED', { path, validTo })
  return days < warnBeforeDays ? rtbridgeError('RTB_TLS_EXPIRING', { path, validTo, days }) : null
}

function readKey(text: string): KeyObject {
  if (/ENCRYPTED/.test(text)) throw new Error('the key has a pass phrase')
  return createPrivateKey(text)
}

function readText(path: string): string {
  return parse(path, () => readFileSync(path, 'utf8'))
}

function parse<Result>(path: string, read: () => Result): Result {
  try {
    return read()
  } catch (error) {
    throw rtbridgeError('RTB_TLS_UNREADABLE', { path, problem: describe(error) }, error)
  }
}

const problems: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'this user may not read it',
  EISDIR: 'it is a folder',
}

function describe(error: unknown): string {
  const { code = '', message } = error as NodeJS.ErrnoException
  if (message === 'the key has a pass phrase') return message
  return problems[code] ?? 'it is no PEM file of the right kind'
}

function day(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10)
}
