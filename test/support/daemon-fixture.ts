import { onTestFinished } from 'vitest'
import type { Config } from '../../src/config/config.ts'
import { loadConfig } from '../../src/config/load-config.ts'
import { type Daemon, startDaemon } from '../../src/daemon.ts'
import { createLogger } from '../../src/logging.ts'
import { connectRawClient, type RawClient } from './raw-client.ts'

/** A hub on a free port of 127.0.0.1, as `rtbridge serve` would run it. */
export interface TestDaemon {
  readonly daemon: Daemon
  /** Log lines so far, as written. */
  readonly log: string[]
  readonly url: string
  /** A client that has registered; `registered` is what it was answered. */
  register(data?: object): Promise<RawClient & { readonly registered: Readonly<Record<string, unknown>> }>
}

/**
 * The configuration such a hub runs by.
 * @param url the database
 * @param yaml content of `rtbridge.yaml`
 * @param path where that is said to be
 */
export function testConfig(url: string, yaml: string, path = 'rtbridge.yaml'): Config {
  return loadConfig({
    flags: {
      'hub.host': '127.0.0.1',
      'hub.port': '0',
      config: path,
      ...(/^auth:/m.test(yaml) ? {} : { 'auth.mode': 'open' }),
    },
    env: { RTBRIDGE_DATABASE_URL: url, RTBRIDGE_DISCOVERY_MDNS: 'off' },
    cwd: '/',
    readFile: () => Buffer.from(yaml),
  }).config
}

/**
 * Starts a hub; stopped after the test.
 * @param url the database
 * @param yaml content of `rtbridge.yaml`; default none
 * @param start default this version's
 */
export async function openTestDaemon(url: string, yaml = '', start = startDaemon): Promise<TestDaemon> {
  const log: string[] = []
  const config = testConfig(url, yaml)
  const logger = createLogger('trace', { write: line => void log.push(line) })
  const daemon = await start({ config, logger })
  onTestFinished(() => daemon.close())
  const address = `ws://127.0.0.1:${daemon.port}/`
  return {
    daemon,
    log,
    url: address,
    async register(data = {}) {
      const client = await connectRawClient(address)
      client.send('register', { app_name: 'test', ...data })
      const { data: registered } = await client.next('registered')
      return Object.assign(Object.create(client) as RawClient, { registered })
    },
  }
}
