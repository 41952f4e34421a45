import { chmod, cp, lstat, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { finishNativeFolder } from '../../src/demo/postgres/native-folder.ts'
import type { PostgresPackage } from '../../src/demo/postgres/postgres-package.ts'
import { findPostgresPackage } from '../../src/demo/postgres/postgres-package.ts'
import { preparePostgres } from '../../src/demo/postgres/prepare-postgres.ts'
import { runProgram } from '../../src/demo/postgres/run-program.ts'
import { chooseServerAccount, findAccount } from '../../src/demo/postgres/server-account.ts'

const isRoot = process.getuid?.() === 0
const original = await findPostgresPackage()
const account = await chooseServerAccount()

/** The package as npm unpacks it when install scripts are forbidden, in a folder only we can enter. */
let unpacked: PostgresPackage
/** Takes the place of the public folder for temporary files. */
let temporary: string
let steps: string[]

beforeAll(async () => {
  const root = await mkdtemp(join(tmpdir(), 'rtbridge-package-'))
  const links = (await readLinks(original.root)).map(link => join(original.root, link.target))
  const copied = { recursive: true, filter: (source: string) => !links.includes(source) }
  await cp(join(original.root, 'native'), join(root, 'native'), copied)
  unpacked = { ...original, root }
})

afterAll(() => rm(unpacked.root, { recursive: true, force: true }))

beforeEach(async () => {
  steps = []
  temporary = await mkdtemp(join(tmpdir(), 'rtbridge-cache-'))
  await chmod(temporary, 0o755)
  const before = process.env['TMPDIR']
  process.env['TMPDIR'] = temporary
  onTestFinished(async () => {
    if (before === undefined) delete process.env['TMPDIR']
    else process.env['TMPDIR'] = before
    await rm(temporary, { recursive: true, force: true })
  })
})

const prepare = () => preparePostgres(unpacked, account, step => steps.push(step))

test('makes the links that the install script would have made', async () => {
  await finishNativeFolder(join(unpacked.root, 'native'))
  for (const { target } of await readLinks(unpacked.root)) {
    expect((await lstat(join(unpacked.root, target))).isSymbolicLink()).toBe(true)
  }
})

test('runs in place where the account can reach it', async () => {
  await chmod(unpacked.root, 0o755)
  onTestFinished(() => chmod(unpacked.root, 0o700))
  await expect(prepare()).resolves.toBe(join(unpacked.root, 'native'))
})

describe.runIf(isRoot)('as root, with the package where the account cannot go', () => {
  test('copies it to a folder from which the account can run it', async () => {
    const native = await prepare()
    const version = await runProgram(join(native, 'bin', 'postgres'), ['--version'], { account, cwd: '/' })
    expect(version).toMatchObject({ ok: true, output: expect.stringContaining(`${original.major}.`) })
    expect(native.startsWith(temporary)).toBe(true)
  })

  test('copies it once', async () => {
    expect(await prepare()).toBe(await prepare())
    expect(steps).toEqual(['unpacking PostgreSQL'])
  })

  test('copies it again when a cleaner has taken a file', async () => {
    const native = await prepare()
    await rm(join(native, 'share', 'postgresql', 'postgres.bki'))
    await prepare()
    await lstat(join(native, 'share', 'postgresql', 'postgres.bki'))
    expect(steps).toHaveLength(2)
  })

  test('ends with one whole copy when several processes copy at once', async () => {
    const natives = await Promise.all([prepare(), prepare(), prepare()])
    expect(new Set(natives).size).toBe(1)
    expect(await readdir(temporary)).toHaveLength(1)
  })

  test('does not run a copy that others may write to', async () => {
    const native = await prepare()
    const evil = join(native, 'bin', 'postgres')
    await writeFile(evil, (await readFile(evil)).fill(0))
    await chmod(join(native, '..'), 0o777)
    await prepare()
    expect((await readFile(evil)).subarray(1, 4).toString()).toBe('ELF')
  })
})

test('finds an account in a passwd file, never root', () => {
  const passwd = 'root:x:0:0::/root:/bin/sh\nnobody:*:-2:-2::/:/bin/false\npostgres:x:101:104::/:/bin/sh\n'
  expect(findAccount(passwd, 'postgres')).toEqual({ uid: 101, gid: 104 })
  expect(findAccount(passwd, 'nobody')).toEqual({ uid: 4294967294, gid: 4294967294 })
  expect(findAccount(passwd, 'root')).toBeNull()
  expect(findAccount(passwd, 'postgre')).toBeNull()
})

async function readLinks(root: string): Promise<{ source: string; target: string }[]> {
  return JSON.parse(await readFile(join(root, 'native', 'pg-symlinks.json'), 'utf8'))
}
