import { fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { expect, test } from 'vitest'
import { waitFor } from '../support/wait-for.ts'

test.each(['SIGKILL', 'SIGTERM'] as const)('leaves no server and no folder behind after %s', async signal => {
  const owner = fork(new URL('./server-owner.js', import.meta.url), { execArgv: [] })
  const [server] = (await once(owner, 'message')) as [{ pid: number; dataDir: string }]
  owner.kill(signal)
  await once(owner, 'exit')
  await waitFor(() => !isAlive(server.pid), { message: 'the server ended' })
  await waitFor(() => !existsSync(server.dataDir), { message: 'the folder was removed' })
  expect(isAlive(server.pid)).toBe(false)
})

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
