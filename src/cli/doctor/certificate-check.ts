import { resolve } from 'node:path'
import { judgeValidity, readTlsIdentity } from '../../transports/door/tls-identity.ts'
import { type Check, problem, warning } from './check.ts'

/** The files that a hub of this configuration would read when it starts. */
export const certificateChecks: readonly Check[] = [
  {
    name: 'certificate',
    needsSchema: false,
    look: ({ config }) => {
      const { certFile, keyFile } = config.tls
      if (certFile === null || keyFile === null) return { found: 'none is configured: plain ws and http' }
      const now = Date.now()
      const files = { certFile: resolve(certFile), keyFile: resolve(keyFile) }
      const { validToMs } = readTlsIdentity(files, now)
      const expiring = judgeValidity(certFile, validToMs, now)
      const found = `${certFile} is good until ${new Date(validToMs).toISOString().slice(0, 10)}`
      if (expiring === null) return { found }
      const finding = expiring.code === 'RTB_TLS_EXPIRED' ? problem : warning
      return { found, findings: [finding(expiring.message, expiring.hint.replace(/^run: /, ''))] }
    },
  },
]
