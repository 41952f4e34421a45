import 'reflect-metadata'
import { randomBytes, webcrypto } from 'node:crypto'
import { isIP } from 'node:net'
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509'
import { rtbridgeError } from '../../domain/errors/registry.ts'
import {
  decodeNameConstraints,
  encodeNameConstraints,
  isPermitted,
  localRanges,
  nameConstraintsOid,
  type PermittedNames,
} from './name-constraints.ts'

/** A certificate and its private key, both PEM. */
export interface CertifiedKey {
  readonly cert: string
  readonly key: string
}

const dayMs = 86_400_000
const authorityDays = 3_650
/** Apple's systems take no longer one from an authority that a user has added. */
const serverDays = 397
/** Clocks of an office differ; a certificate begins so long before it is made, ms. */
const clockSkewMs = 3_600_000

const ecdsa = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }

/**
 * Makes a small certificate authority of ten years. It can vouch for names of the local network and for `hosts` only,
 * so that its key, stolen, is of no use against anything else.
 * @param hosts names and addresses that certificates will be made for
 */
export async function createAuthority(machine: string, hosts: readonly string[]): Promise<CertifiedKey> {
  const keys = await webcrypto.subtle.generateKey(ecdsa, true, ['sign', 'verify'])
  const cert = await X509CertificateGenerator.createSelfSigned({
    name: nameOf(`rtbridge CA of ${machine}`),
    keys,
    ...validity(authorityDays),
    serialNumber: serialNumber(),
    signingAlgorithm: ecdsa,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      new Extension(nameConstraintsOid, true, encodeNameConstraints(permittedFor(hosts))),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  return { cert: cert.toString('pem'), key: await keyToPem(keys.privateKey) }
}

/**
 * Makes a certificate of a hub, for 397 days.
 * @param names host names and addresses that apps reach it by; those that the machine has by chance are left out when
 * the authority may not vouch for them
 * @throws RTB_CERT_CONSTRAINED for one that was asked for
 */
export async function issueCertificate(
  authority: CertifiedKey,
  machine: string,
  { found, wanted }: { readonly found: readonly string[]; readonly wanted: readonly string[] },
): Promise<CertifiedKey> {
  const issuer = new X509Certificate(authority.cert)
  const permitted = permittedBy(issuer)
  const mayHave = (name: string) => permitted === null || isPermitted(name, permitted)
  const outside = wanted.filter(name => !mayHave(name))
  if (outside.length > 0) throw rtbridgeError('RTB_CERT_CONSTRAINED', { names: outside.join(', ') })
  const names = [...new Set([...found.filter(mayHave), ...wanted])]
  const keys = await webcrypto.subtle.generateKey(ecdsa, true, ['sign', 'verify'])
  const cert = await X509CertificateGenerator.create({
    subject: nameOf(machine),
    issuer: issuer.subject,
    publicKey: keys.publicKey,
    signingKey: await keyFromPem(authority.key),
    ...validity(serverDays),
    serialNumber: serialNumber(),
    signingAlgorithm: ecdsa,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension(
        names.map(name => ({ type: isIP(name) === 0 ? ('dns' as const) : ('ip' as const), value: name })),
      ),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
      await AuthorityKeyIdentifierExtension.create(issuer.publicKey),
    ],
  })
  return { cert: cert.toString('pem'), key: await keyToPem(keys.privateKey) }
}

/** What an authority may vouch for; null = anything. */
function permittedBy(authority: X509Certificate): PermittedNames | null {
  const extension = authority.getExtension(nameConstraintsOid)
  return extension === null ? null : decodeNameConstraints(new Uint8Array(extension.value))
}

function permittedFor(hosts: readonly string[]): PermittedNames {
  const isLocal = (address: string) => isPermitted(address, { domains: [], ranges: localRanges })
  const names = hosts.filter(host => isIP(host) === 0)
  const elsewhere = hosts.filter(host => isIP(host) !== 0 && !isLocal(host))
  return {
    domains: [...new Set(['localhost', 'local', ...names])],
    ranges: [...localRanges, ...elsewhere.map(host => `${host}/${isIP(host) === 4 ? 32 : 128}`)],
  }
}

/** As a structure: a name in text form would have to be escaped. */
function nameOf(commonName: string) {
  return [{ O: ['rtbridge'] }, { CN: [commonName] }]
}

function validity(days: number): { notBefore: Date; notAfter: Date } {
  const from = Date.now() - clockSkewMs
  return { notBefore: new Date(from), notAfter: new Date(from + days * dayMs - 1_000) }
}

/** 126 random bits; positive, and never shorter. */
function serialNumber(): string {
  const bytes = randomBytes(16)
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40
  return bytes.toString('hex')
}

async function keyToPem(key: webcrypto.CryptoKey): Promise<string> {
  return PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY')
}

function keyFromPem(pem: string): Promise<webcrypto.CryptoKey> {
  const [der = new ArrayBuffer(0)] = PemConverter.decode(pem)
  return webcrypto.subtle.importKey('pkcs8', der, ecdsa, false, ['sign'])
}
