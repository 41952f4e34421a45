import { accessSync, constants } from 'node:fs'
import { rtbridgeError } from '../domain/errors/registry.ts'

const options = ['sslrootcert', 'sslcert', 'sslkey'] as const

/**
 * The driver reads the files that a URL names while it makes a client, and fails as if it were broken itself.
 * @throws RTB_DATABASE_TLS_FILE
 */
export function checkTlsFiles(url: string): void {
  if (!URL.canParse(url)) return
  const { searchParams } = new URL(url)
  for (const option of options) {
    const path = searchParams.get(option)
    if (path !== null && path !== '') checkFile(option, path)
  }
}

function checkFile(option: string, path: string): void {
  try {
    accessSync(path, constants.R_OK)
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error)
    throw rtbridgeError('RTB_DATABASE_TLS_FILE', { option, path, problem }, error)
  }
}
