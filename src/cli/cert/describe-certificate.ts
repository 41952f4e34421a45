import type { X509Certificate } from 'node:crypto'
import type { CertRole } from './cert-folder.ts'

/** What `cert show` tells of a certificate; stable. */
export interface DescribedCertificate {
  readonly role: CertRole
  readonly file: string
  readonly subject: string
  /** Names and addresses it is for; none for an authority. */
  readonly names: readonly string[]
  /** ISO 8601. */
  readonly valid_from: string
  readonly valid_to: string
  readonly days_left: number
  /** SHA-256 of the certificate, hexadecimal with colons: what apps pin. */
  readonly fingerprint: string
}

/** A certificate in plain words. */
export function describeCertificate(
  certificate: X509Certificate,
  role: CertRole,
  file: string,
): DescribedCertificate {
  const validTo = Date.parse(certificate.validTo)
  return {
    role,
    file,
    subject: certificate.subject.split('\n').join(', '),
    names: namesOf(certificate),
    valid_from: new Date(certificate.validFrom).toISOString(),
    valid_to: new Date(validTo).toISOString(),
    days_left: Math.floor((validTo - Date.now()) / 86_400_000),
    fingerprint: certificate.fingerprint256,
  }
}

/** Names and addresses of a certificate. */
export function namesOf({ subjectAltName }: Pick<X509Certificate, 'subjectAltName'>): readonly string[] {
  return (subjectAltName ?? '')
    .split(', ')
    .map(entry => /^(?:DNS|IP Address):(.*)$/.exec(entry)?.[1])
    .filter(name => name !== undefined)
    .map(name => (/^[0-9a-f:]+$/i.test(name) && name.includes(':') ? shortAddress(name) : name))
}

/** OpenSSL writes `0:0:0:0:0:0:0:1`; an URL gives the usual short form. */
function shortAddress(address: string): string {
  return URL.canParse(`http://[${address}]/`)
    ? new URL(`http://[${address}]/`).hostname.slice(1, -1)
    : address
}
