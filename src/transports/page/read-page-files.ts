import { readdirSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { once } from '../../domain/once.ts'

/** One file of the page, ready to be sent. */
export interface PageFile {
  readonly type: string
  readonly body: Buffer
  /** With gzip; made when somebody asks for it. */
  readonly compressed: () => Buffer
  /** Its name changes with its content. */
  readonly isHashed: boolean
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}

/**
 * Reads the built page into memory: no request ever leads to the disk, so none can lead out of the folder.
 * @param folder where the build puts it
 * @returns files by their path below `/dashboard/`; empty when it was not built
 */
export function readPageFiles(folder: string): ReadonlyMap<string, PageFile> {
  return new Map(
    listFiles(folder)
      .filter(path => types[extname(path)] !== undefined)
      .map(path => {
        const body = readFileSync(join(folder, path))
        const type = types[extname(path)] ?? ''
        const compressed = once(() => gzipSync(body, { level: 9 }))
        return [path, { type, body, compressed, isHashed: path.startsWith('assets/') }]
      }),
  )
}

function listFiles(folder: string): readonly string[] {
  try {
    const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    return paths.map(path => path.replaceAll('\\', '/'))
  } catch {
    return []
  }
}
