import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { compileTypescript } from '../../support/compile-typescript.ts'
import { createTestDatabase } from '../../support/test-database.ts'
import { installWasla, waslaYaml } from '../../support/wasla-database.ts'
import { createFolder, runCli } from '../run-cli.ts'

const generated = new URL('../../../examples/wasla/rtbridge-types.ts', import.meta.url)
const client = fileURLToPath(new URL('../../../src/client/core-client.ts', import.meta.url))

const database = await createTestDatabase()
await installWasla(database)

test('the types of the example are what `rtbridge types` writes (`npx vitest run test/cli/types/wasla.test.ts -u` writes it)', async () => {
  const cwd = await createFolder()
  await writeFile(join(cwd, 'rtbridge.yaml'), await waslaYaml())
  const { code, stdout, stderr } = await runCli(['types'], {
    cwd,
    env: { RTBRIDGE_DATABASE_URL: database.url },
  })
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  await expect(stdout).toMatchFileSnapshot('../../../examples/wasla/rtbridge-types.ts')
})

/** An app that only compiles: it declares the client that it would make. */
function app(body: string): string {
  return [
    `import type { CoreClient } from ${JSON.stringify(client)}`,
    `import type { Schema } from './rtbridge-types.ts'`,
    'declare const client: CoreClient<Schema>',
    body,
  ].join('\n')
}

test('an app compiles against the written types when its names are right, and does not when one is misspelt', async () => {
  const complaints = await compileTypescript(await createFolder(), {
    'rtbridge-types.ts': await readFile(generated, 'utf8'),
    'right.ts': app(
      `client.on('BOOKING_CREATED', e => { const seats: number = e.data.seats_booked; return seats })`,
    ),
    'wrong-event.ts': app(`client.on('BOOKING_CRAETED', () => {})`),
    'wrong-column.ts': app(`client.on('BOOKING_CREATED', e => e.data.seats_bookd)`),
    'wrong-type.ts': app(
      `client.on('BOOKING_CREATED', e => { const seats: string = e.data.seats_booked; return seats })`,
    ),
    'excluded.ts': app(`client.on('BOOKING_CREATED', e => e.data.customer_phone)`),
  })
  expect(complaints.map(line => line.replace(/\(.*/, '')).sort()).toEqual([
    'excluded.ts',
    'wrong-column.ts',
    'wrong-event.ts',
    'wrong-type.ts',
  ])
})
