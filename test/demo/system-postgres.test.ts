import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { findSystemPostgres } from '../../src/demo/postgres/system-postgres.ts'

test('finds the newest server of the system, not one of which only the clients are there', async () => {
  const folder = await createFolder()
  for (const major of ['9.6', '12', '13', '17']) await install(folder, major, ['initdb', 'postgres'])
  await install(folder, '18', ['psql'])
  expect(await findSystemPostgres(folder)).toEqual({ major: 17, native: join(folder, '17') })
})

test('finds none that is too old, and none where nothing is', async () => {
  const folder = await createFolder()
  await install(folder, '12', ['initdb', 'postgres'])
  expect(await findSystemPostgres(folder)).toBeNull()
  expect(await findSystemPostgres(join(folder, 'gone'))).toBeNull()
})

async function createFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'rtbridge-system-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

async function install(folder: string, major: string, programs: readonly string[]): Promise<void> {
  await mkdir(join(folder, major, 'bin'), { recursive: true })
  for (const program of programs) await writeFile(join(folder, major, 'bin', program), '')
}
