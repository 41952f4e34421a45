import { execFile } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { onTestFinished } from 'vitest'
import type { EmbeddedServer } from '../../src/demo/embedded-server.ts'

/** A copy of a server's data folder, as a backup tool makes it. */
export interface DataCopy {
  /** Stops the server, puts the copy in the place of its data, and starts it. */
  putBack(prepare?: (dataDir: string) => Promise<void>): Promise<void>
}

/** Copies the data folder of a server, stopped or not; removed after the test. */
export async function copyData(server: EmbeddedServer): Promise<DataCopy> {
  const data = join(server.dataDir, 'data')
  const copy = join(server.dataDir, `copy-${performance.now()}`)
  onTestFinished(() => rm(copy, { recursive: true, force: true }))
  await copyFolder(data, copy)
  return {
    async putBack(prepare = async () => {}) {
      await server.stop()
      await rm(data, { recursive: true })
      await copyFolder(copy, data)
      await prepare(data)
      await server.start()
    },
  }
}

/** With owners and rights, which Node's own copy does not keep. */
async function copyFolder(from: string, to: string): Promise<void> {
  await promisify(execFile)('cp', ['-a', from, to])
}
