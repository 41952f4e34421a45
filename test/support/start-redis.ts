import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { findFreePort } from '../../src/demo/postgres/free-port.ts'
import { waitFor } from './wait-for.ts'

/** A Redis server of the tests' own, on loopback, that keeps nothing. */
export interface TestRedis {
  /** With its password. */
  readonly url: string
  readonly port: number
  /** Ends it as a power failure would. */
  kill(): Promise<void>
  /** Starts it again, at the same port. */
  start(): Promise<void>
  /** Freezes it, or lets it go on. */
  signal(name: 'SIGSTOP' | 'SIGCONT'): void
}

const folders = [...(process.env['PATH'] ?? '').split(':'), '/usr/bin', '/usr/local/bin']
export const redisPassword = 'rt-test-s3cret'

/** The program, null where it is not installed. */
export function findRedis(): string | null {
  return folders.map(folder => join(folder, 'redis-server')).find(path => existsSync(path)) ?? null
}

/** Declares tests that need Redis. Where it is not installed they are skipped, and the report says why. */
export function describeRedis(title: string, declare: () => void | Promise<void>): void {
  if (findRedis() !== null) describe(title, declare)
  else describe.skip(title, () => test('Redis is not installed (apt-get install redis-server)', () => {}))
}

/** Starts a server; ended after the test, or after the suite when called where tests are declared. */
export async function startRedis(): Promise<TestRedis> {
  const folder = await mkdtemp(join(tmpdir(), 'rtbridge-redis-'))
  const port = await findFreePort()
  let child: ChildProcess | null = null
  const kill = async () => {
    const ended = new Promise(resolve => child?.once('close', resolve))
    if (child?.exitCode === null && child.signalCode === null && child.kill('SIGKILL')) await ended
    child = null
  }
  const start = async () => {
    const options = {
      port,
      bind: '127.0.0.1',
      save: '',
      appendonly: 'no',
      dir: folder,
      requirepass: redisPassword,
    }
    const words = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)])
    child = spawn(findRedis() ?? '', words, { stdio: 'ignore' })
    await waitFor(() => answers(port), { message: 'the Redis server answered' })
  }
  const whenDone = expect.getState().currentTestName === undefined ? afterAll : onTestFinished
  whenDone(async () => {
    await kill()
    await rm(folder, { recursive: true, force: true })
  })
  await start()
  const signal = (name: 'SIGSTOP' | 'SIGCONT') => void child?.kill(name)
  return { url: `redis://:${redisPassword}@127.0.0.1:${port}`, port, kill, start, signal }
}

function answers(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'))
    // Without the password it is refused, which is an answer.
    socket.once('data', () => resolve(true)).once('error', () => resolve(false))
    socket.setTimeout(1_000, () => resolve(false))
    socket.once('data', () => socket.destroy())
  })
}
