import { X509Certificate } from 'node:crypto'
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { rtbridgeError } from '../../domain/errors/registry.ts'
import type { CertifiedKey } from './authority.ts'

/** Files of a folder of certificates. */
export const certFiles = {
  authority: { cert: 'ca.crt', key: 'ca.key' },
  hub: { cert: 'hub.crt', key: 'hub.key' },
} as const

export type CertRole = keyof typeof certFiles

/** Reads a certificate; null when there is none. @throws RTB_TLS_UNREADABLE */
export async function readCertificate(folder: string, role: CertRole): Promise<X509Certificate | null> {
  const path = join(folder, certFiles[role].cert)
  const text = await readIfThere(path)
  if (text === null) return null
  try {
    return new X509Certificate(text)
  } catch (error) {
    throw rtbridgeError('RTB_TLS_UNREADABLE', { path, problem: 'it is no certificate' }, error)
  }
}

/** The certificate authority with its key. @throws RTB_CERT_MISSING RTB_TLS_UNREADABLE */
export async function readAuthority(folder: string): Promise<CertifiedKey> {
  const [cert, key] = await Promise.all([
    readIfThere(join(folder, certFiles.authority.cert)),
    readIfThere(join(folder, certFiles.authority.key)),
  ])
  if (cert === null || key === null) throw rtbridgeError('RTB_CERT_MISSING', { path: folder })
  return { cert, key }
}

/**
 * Writes a certificate and its key, each whole or not at all; the key, which nobody else may read, first.
 * @throws RTB_CERT_WRITE
 */
export async function writePair(folder: string, role: CertRole, pair: CertifiedKey): Promise<void> {
  await writeWhole(join(folder, certFiles[role].key), pair.key, 0o600)
  await writeWhole(join(folder, certFiles[role].cert), pair.cert, 0o644)
}

/** Writes a file under another name, then gives it its own. @throws RTB_CERT_WRITE */
export async function writeWhole(path: string, text: string, mode: number): Promise<void> {
  const draft = `${path}.new`
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o755 })
    await writeFile(draft, text.endsWith('\n') ? text : `${text}\n`, { mode })
    // The mode of `writeFile` is lessened by the umask, and kept from a file that was there.
    await chmod(draft, mode)
    await rename(draft, path)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw rtbridgeError('RTB_CERT_WRITE', { path, problem: code ?? message }, error)
  }
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return null
    throw rtbridgeError('RTB_TLS_UNREADABLE', { path, problem: code ?? message }, error)
  }
}
