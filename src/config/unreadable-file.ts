import { type RtbridgeError, rtbridgeError } from '../domain/errors/registry.ts'

/**
 * What to tell of a file or folder of the configuration that could not be read. Who may not read it needs another user; who may,
 * another file.
 * @param error as `node:fs` throws it
 */
export function unreadableFile(path: string, error: unknown): RtbridgeError {
  const { code } = error as NodeJS.ErrnoException
  if (code === 'EACCES' || code === 'EPERM') return rtbridgeError('RTB_CONFIG_FORBIDDEN', { path }, error)
  const problem = code === 'EISDIR' ? 'it is a directory' : (code ?? 'reading failed')
  return rtbridgeError('RTB_CONFIG_UNREADABLE', { path, problem }, error)
}
