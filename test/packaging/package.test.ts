import { execFile } from 'node:child_process'
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const run = promisify(execFile)
const project = fileURLToPath(new URL('../..', import.meta.url))
const manifest = JSON.parse(await readFile(join(project, 'package.json'), 'utf8')) as { version: string }

/** An empty folder into which the package is installed, as a user would. */
let folder: string
let packed: readonly string[]

// `npm test` has built; packing must not build again under the feet of other tests.
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rtbridge-package-test-'))
  await writeFile(join(folder, 'package.json'), '{ "private": true }')
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder]
  const [tarball] = JSON.parse((await run('npm', args, { cwd: project })).stdout) as {
    filename: string
    files: { path: string }[]
  }[]
  packed = tarball?.files.map(file => file.path) ?? []
  const install = ['install', '--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts']
  await run('npm', [...install, `./${tarball?.filename}`], { cwd: folder })
}, 180_000)

afterAll(() => rm(folder, { recursive: true, force: true }))

describe('the npm package', () => {
  test('runs after an installation without scripts', async () => {
    const { stdout } = await run('npx', ['--no-install', 'rtbridge', '--version'], { cwd: folder })
    expect(stdout.trim()).toContain(manifest.version)
  })

  test('says how to get a whole one when it was packed without a build, and in a clone how to build', async () => {
    const unbuilt = await mkdtemp(join(folder, 'unbuilt-'))
    for (const path of ['bin/rtbridge.js', 'package.json'])
      await cp(join(project, path), join(unbuilt, path), { recursive: true })
    const call = () =>
      run(process.execPath, ['bin/rtbridge.js', 'version'], { cwd: unbuilt }).catch(error => error)
    expect(await call()).toMatchObject({ code: 1, stderr: expect.stringContaining('npm run package, in') })
    await writeFile(join(unbuilt, 'tsconfig.build.json'), '{}')
    expect(await call()).toMatchObject({ code: 1, stderr: expect.stringContaining('npm run build\n') })
  })

  test('holds what it needs at run time', () => {
    for (const path of [
      'bin/rtbridge.js',
      'examples/wasla/schema.sql',
      'dist/index.js',
      'dist/index.d.ts',
      'LICENSE',
      'README.md',
    ]) {
      expect(packed).toContain(path)
    }
    for (const path of ['sql/install/', 'sql/query/', 'sql/demo/', 'examples/wasla/public/', 'systemd/']) {
      expect(packed.some(file => file.startsWith(path))).toBe(true)
    }
  })

  test('holds nothing that only development needs', () => {
    const allowed =
      /^(bin|dist|docs|sql|systemd|examples)\/|^(package\.json|README\.md|LICENSE|CHANGELOG\.md)$/
    expect(packed.filter(path => !allowed.test(path))).toEqual([])
    expect(packed.filter(path => /^examples\/.*\/(node_modules|dist)\//.test(path))).toEqual([])
    expect(packed.filter(path => /\.test\.|\.env|\.log$|^tsconfig|vitest/.test(path))).toEqual([])
  })

  test('brings no tool of ours along', async () => {
    const installed = await readdir(join(folder, 'node_modules'))
    for (const name of ['vitest', 'typescript', '@biomejs', 'testcontainers', 'fast-check']) {
      expect(installed).not.toContain(name)
    }
  })

  test.each([
    ['nodenext', 'module', 'nodenext'],
    ['nodenext', 'commonjs', 'nodenext'],
    ['preserve', 'module', 'bundler'],
  ])('has types that compile in an app of ES2022 (%s, %s)', async (module, type, resolution) => {
    const app = await mkdtemp(join(folder, 'app-'))
    await writeFile(join(app, 'package.json'), JSON.stringify({ private: true, type }))
    await writeFile(
      join(app, 'app.ts'),
      `import { createClient } from 'rtbridge/client'
       import { createCoreClient } from 'rtbridge/client/core'
       const heard: unknown[] = []
       createCoreClient({ url: 'ws://office', appName: 'app' }).on('A', event => heard.push(event.data))
       const table = createClient({ url: 'ws://office', appName: 'app' }).table('t', { orderBy: 'id desc' })
       export const size: number = table.rows.length`,
    )
    const tsc = join(project, 'node_modules/typescript/bin/tsc')
    const how = [
      '--module',
      module,
      '--moduleResolution',
      resolution,
      '--target',
      'es2022',
      '--lib',
      'es2022,dom',
    ]
    const { stdout } = await run(
      process.execPath,
      [tsc, '--noEmit', '--strict', '--skipLibCheck', 'false', '--types', '', ...how, 'app.ts'],
      { cwd: app },
    ).catch((error: { stdout: string }) => error)
    expect(stdout).toBe('')
  })
})
