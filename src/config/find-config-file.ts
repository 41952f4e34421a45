import { readFileSync, statSync } from 'node:fs'
import { isAbsolute, resolve } from 'node:path'
import { rtbridgeError } from '../domain/errors/registry.ts'
import { unreadableFile } from './unreadable-file.ts'

/** Where a configuration is looked for when none is named, in this order; relative to the working directory. */
export const defaultPaths = [
  'rtbridge.yaml',
  'rtbridge.yml',
  '/etc/rtbridge/rtbridge.yaml',
  '/etc/rtbridge/rtbridge.yml',
] as const

/** Reads a file; throws an error with a `code` as `node:fs` does. */
export type ReadFile = (path: string) => Uint8Array

/** The file that was found, or none, and every path that was tried. */
export interface FoundFile {
  /** Absolute; null when there is none. */
  readonly path: string | null
  /** As the messages name it. */
  readonly name: string
  readonly bytes: Uint8Array
  readonly tried: readonly string[]
}

export interface FindOptions {
  /** Given by `--config`. */
  readonly flag: string | undefined
  /** Given by `RTBRIDGE_CONFIG`. */
  readonly variable: string | undefined
  readonly cwd: string
  readonly readFile?: ReadFile
}

/**
 * Finds the configuration file. One that is named has to be there; of the usual places the first that exists is
 * taken, and none is fine. A file that exists and cannot be read is an error, never passed over; a working directory
 * that this user may not enter has none for him (`sudo -u rtbridge rtbridge doctor` in somebody's home).
 *
 * @throws RTB_CONFIG_NOT_FOUND, RTB_CONFIG_FORBIDDEN, RTB_CONFIG_UNREADABLE
 */
export function findConfigFile(options: FindOptions): FoundFile {
  const { flag, variable, cwd, readFile = path => readFileSync(path) } = options
  const named = flag ?? (variable === '' ? undefined : variable)
  const tried: string[] = []
  for (const name of named === undefined ? defaultPaths : [named]) {
    const path = resolve(cwd, name)
    tried.push(path)
    if (named === undefined && !isAbsolute(name) && isShut(path)) continue
    const bytes = readIfThere(path, readFile)
    if (bytes !== null) return { path, name, bytes, tried }
  }
  if (named !== undefined) {
    throw rtbridgeError('RTB_CONFIG_NOT_FOUND', {
      path: resolve(cwd, named),
      namedBy: flag === undefined ? 'RTBRIDGE_CONFIG' : '--config',
    })
  }
  return { path: null, name: '', bytes: new Uint8Array(), tried }
}

/** Whether there is such a file is not for this user to know. */
function isShut(path: string): boolean {
  try {
    statSync(path)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EACCES'
  }
}

function readIfThere(path: string, readFile: ReadFile): Uint8Array | null {
  try {
    return readFile(path)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOENT' || code === 'ENOTDIR') return null
    throw unreadableFile(path, error)
  }
}
