import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { createAuthority, issueCertificate } from '../../src/cli/cert/authority.ts'
import { writePair } from '../../src/cli/cert/cert-folder.ts'

export interface Certificates {
  readonly folder: string
  /** PEM of the authority. */
  readonly ca: string
  readonly certFile: string
  readonly keyFile: string
  /** Puts a new certificate of the same authority in the place of the old one. */
  renew(): Promise<void>
}

/** A certificate for 127.0.0.1 and `localhost` in a folder that is removed after the test. */
export async function makeCertificates(): Promise<Certificates> {
  const folder = mkdtempSync(join(tmpdir(), 'rtbridge-tls-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const names = { found: [], wanted: ['127.0.0.1', 'localhost'] }
  const authority = await createAuthority('desk', names.wanted)
  const renew = async () => writePair(folder, 'hub', await issueCertificate(authority, 'desk', names))
  await writePair(folder, 'authority', authority)
  await renew()
  const [certFile, keyFile] = [join(folder, 'hub.crt'), join(folder, 'hub.key')]
  return { folder, ca: authority.cert, certFile, keyFile, renew }
}
