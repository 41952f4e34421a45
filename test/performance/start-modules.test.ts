import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { findFreePort } from '../../src/demo/postgres/free-port.ts'
import { createFolder, startCli } from '../cli/run-cli.ts'

/** Files as measured with Node 20, and 10 % room. With the three libraries as npm has them they were 440. */
const most = 205

test('a start loads few files, none of them of a library that takes long to load', async () => {
  const folder = await createFolder()
  const port = String(await findFreePort())
  const env = { RTBRIDGE_DATABASE_URL: 'postgres://127.0.0.1:1/absent', NODE_V8_COVERAGE: folder }
  const hub = await startCli(['serve', '--host', '127.0.0.1', '--port', port], { env })
  await hub.says(/"msg":"listening"/)
  hub.child.kill('SIGTERM')
  await hub.ended()
  const [report] = await readdir(folder)
  const { result } = JSON.parse(await readFile(join(folder, report ?? ''), 'utf8')) as {
    result: readonly { url: string }[]
  }
  const files = result.map(({ url }) => url).filter(url => url.startsWith('file:'))
  expect(files.length).toBeGreaterThan(10)
  expect(files.length).toBeLessThan(most)
  expect(files.filter(url => /node_modules\/(zod|yaml|prom-client|@opentelemetry)\//.test(url))).toEqual([])
})
