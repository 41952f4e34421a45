import { afterAll, expect, onTestFinished } from 'vitest'
import type { EmbeddedServer } from '../../src/demo/embedded-server.ts'
import { openEmbeddedServer } from '../../src/demo/embedded-server.ts'
import { defaultMajor, packageName } from './majors.ts'
import { prepareTemplate } from './prepare-template.ts'

/** What a disposable server should be like. */
export interface StartServerOptions {
  /** Default the newest. */
  readonly major?: number
  /** As in `postgresql.conf`; default PostgreSQL's own, so fsync is on. */
  readonly settings?: Readonly<Record<string, string>>
  /** Put rtbridge's schema into the database `postgres`, default true. */
  readonly prepare?: boolean
}

/**
 * Starts a cluster of the test's own, which it may stop, kill, freeze and start again. Closed after the test, or
 * after the suite when called where tests are declared.
 */
export async function startServer(options: StartServerOptions = {}): Promise<EmbeddedServer> {
  const { major = defaultMajor, settings = {}, prepare = true } = options
  const server = await openEmbeddedServer({ packageName: packageName(major), settings })
  const whenDone = expect.getState().currentTestName === undefined ? afterAll : onTestFinished
  whenDone(async () => {
    // A frozen postmaster hears nothing but SIGKILL.
    if (server.isRunning) process.kill(server.pid, 'SIGCONT')
    await server.close()
  })
  if (prepare) await prepareTemplate(server.url())
  return server
}
