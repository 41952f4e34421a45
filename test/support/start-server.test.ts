import { existsSync } from 'node:fs'
import { expect, test } from 'vitest'
import { startServer } from './start-server.ts'

let dataDir = ''

test('gives a test a server that it may freeze', async () => {
  const server = await startServer({ prepare: false })
  dataDir = server.dataDir
  process.kill(server.pid, 'SIGSTOP')
  expect(existsSync(dataDir)).toBe(true)
})

test('has removed it after that test', () => {
  expect(existsSync(dataDir)).toBe(false)
})
