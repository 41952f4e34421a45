import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { hostname } from 'node:os'
import { resolve } from 'node:path'
import { judgeValidity, readTlsIdentity } from '../../transports/door/tls-identity.ts'
import { machineNames } from '../cert/machine-names.ts'
import { type MachineCheck, type Place, problem, warning } from './check.ts'

/** The files that a hub of this configuration would read when it starts. */
export const certificateChecks: readonly MachineCheck[] = [
  {
    name: 'certificate',
    look: ({ config, cwd }) => {
      const { certFile, keyFile } = config.tls
      if (certFile === null || keyFile === null) return { found: 'none is configured: plain ws and http' }
      const now = Date.now()
      const files = { certFile: resolve(cwd, certFile), keyFile: resolve(cwd, keyFile) }
      const { validToMs } = readTlsIdentity(files, now)
      const expiring = judgeValidity(certFile, validToMs, now)
      const found = `${certFile} is good until ${new Date(validToMs).toISOString().slice(0, 10)}`
      if (expiring === null) return { found }
      const finding = expiring.code === 'RTB_TLS_EXPIRED' ? problem : warning
      return { found, findings: [finding(expiring.message, expiring.hint.replace(/^run: /, ''))] }
    },
  },
  { name: 'certificate-names', look: lookAtNames },
]

function lookAtNames({ config, cwd }: Place) {
  const { certFile } = config.tls
  if (certFile === null) return { found: 'none is configured: plain ws and http' }
  const names = namesOfMachine(config.hub.publicUrl)
  const certificate = readCertificate(resolve(cwd, certFile))
  if (certificate === null) return { found: `${certFile} cannot be read (see certificate)`, skipped: true }
  return judgeNames(certificate, names, certFile)
}

/** What apps call this hub: `hub.public_url` alone, or any name or address of this machine. */
function namesOfMachine(publicUrl: string | null): readonly string[] {
  if (publicUrl !== null) return [new URL(publicUrl).hostname.replace(/^\[|\]$/g, '')]
  return machineNames().filter(name => !['localhost', '127.0.0.1', '::1'].includes(name))
}

/** One of the names is enough: nobody knows by which the apps go. */
export function judgeNames(certificate: X509Certificate, names: readonly string[], file: string) {
  const covered = names.filter(name => covers(certificate, name))
  if (covered.length > 0) return { found: `${file} is for ${covered.join(', ')}` }
  const what = `${file} is for none of the names that this hub has on the network (${names.join(', ') || 'none'}): apps elsewhere refuse it`
  const name = names[0] ?? hostname()
  return { found: what, findings: [warning(what, `rtbridge cert renew --host ${name}`)] }
}

function covers(certificate: X509Certificate, name: string): boolean {
  return isIP(name) === 0
    ? certificate.checkHost(name) !== undefined
    : certificate.checkIP(name) !== undefined
}

function readCertificate(path: string): X509Certificate | null {
  try {
    return new X509Certificate(readFileSync(path, 'utf8'))
  } catch {
    return null
  }
}
