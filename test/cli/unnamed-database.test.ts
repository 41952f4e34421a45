import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createFolder, runCli } from './run-cli.ts'

/** What leads to a port at which nothing listens, and is no configuration. */
const nobody = { PGHOST: '127.0.0.1', PGPORT: '1', PGUSER: 'nobody' }
const adviceOf = (cwd: string) =>
  `; there is no configuration file (looked for ${join(cwd, 'rtbridge.yaml')}, ${join(cwd, 'rtbridge.yml')}, /etc/rtbridge/rtbridge.yaml, /etc/rtbridge/rtbridge.yml): write one with \`rtbridge init\`, or set RTBRIDGE_DATABASE_URL\n`

describe('a command that does not reach a database that no file names', () => {
  test.each(['install-triggers', 'bench', 'status', 'types'])(
    'says where it looked for a configuration file: %s',
    async command => {
      const cwd = await createFolder()
      const { code, stdout, stderr } = await runCli([command], { cwd, env: nobody })
      expect(code).toBe(4)
      expect(stdout + stderr).toMatch(
        /nothing accepts connections there.*\n +hint: check that PostgreSQL runs/,
      )
      expect(stdout + stderr).toContain(adviceOf(cwd))
    },
  )

  test('says it in JSON, too', async () => {
    const { stderr } = await runCli(['bench', '--json'], { env: nobody })
    expect(JSON.parse(stderr).error).toMatchObject({
      code: 'RTB_DATABASE_REFUSED',
      hint: expect.stringContaining('there is no configuration file (looked for '),
    })
  })

  test('says that DATABASE_URL is not used without a file, also beside PGPASSWORD and the like', async () => {
    const env = { ...nobody, DATABASE_URL: 'postgres://somebody@127.0.0.1:2/office' }
    const { stderr } = await runCli(['bench'], { env })
    expect(stderr).toMatch(
      /^warning: .*DATABASE_URL: it is not used here; .*RTBRIDGE_DATABASE_URL needs none$/m,
    )
    expect(stderr).toContain('127.0.0.1:1\n')
  })
})

describe('a command that does not reach its database', () => {
  test('says nothing of a configuration file where RTBRIDGE_DATABASE_URL names the database', async () => {
    const env = { RTBRIDGE_DATABASE_URL: 'postgres://nobody@127.0.0.1:1/office' }
    const { code, stderr } = await runCli(['bench'], { env })
    expect(code).toBe(4)
    expect(stderr).not.toContain('configuration file')
  })

  test('says nothing of one that is there', async () => {
    const cwd = await createFolder()
    await writeFile(join(cwd, 'rtbridge.yaml'), 'auth: { mode: open }\n')
    const { code, stderr } = await runCli(['bench'], { cwd, env: nobody })
    expect(code).toBe(4)
    expect(stderr).not.toContain('configuration file')
  })
})
