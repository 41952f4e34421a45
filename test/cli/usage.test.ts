import { describe, expect, test } from 'vitest'
import { exitCodeOf } from '../../src/cli/exit-codes.ts'
import { buildProgram } from '../../src/cli/program.ts'
import { registry } from '../../src/domain/errors/registry.ts'
import { runCli, startCli } from './run-cli.ts'

describe('the command line', () => {
  test('shows the help when it is called without a command', async () => {
    const { code, stdout } = await runCli([])
    expect(code).toBe(0)
    for (const command of buildProgram().commands) expect(stdout).toContain(`\n  ${command.name()} `)
  })

  test('suggests the command that was probably meant', async () => {
    const { code, stdout, stderr } = await runCli(['stauts'])
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toBe("error RTB_COMMAND_USAGE: unknown command 'stauts'\n  hint: did you mean status?\n")
  })

  test('suggests the option that was probably meant', async () => {
    const { code, stderr } = await runCli(['serve', '--prot', '9000'])
    expect(code).toBe(2)
    expect(stderr).toContain('did you mean --port?')
  })

  test('names the help of the command after a wrong value', async () => {
    const { code, stderr } = await runCli(['serve', '--port', 'many'])
    expect(code).toBe(2)
    expect(stderr).toContain('try: rtbridge serve --help')
  })

  test('names the help of a subcommand after a wrong option of it', async () => {
    const { code, stderr } = await runCli(['rules', 'test', '--table', 'bookings'])
    expect(code).toBe(2)
    expect(stderr).toContain('try: rtbridge rules test --help')
  })

  test('tells an error as JSON when JSON was asked for, wherever the option stands', async () => {
    for (const args of [
      ['--json', 'stauts'],
      ['stauts', '--json'],
    ]) {
      const { stderr } = await runCli(args)
      expect(JSON.parse(stderr)).toMatchObject({ version: 1, error: { code: 'RTB_COMMAND_USAGE' } })
    }
  })

  test('takes the options that every command takes after the command too, and from variables', async () => {
    for (const [args, env] of [
      [['version', '--json'], {}],
      [['--json', 'version'], {}],
      [['version'], { RTBRIDGE_JSON: '1' }],
    ] as const) {
      const { stdout } = await runCli(args, { env })
      expect(JSON.parse(stdout)).toMatchObject({ version: 1, protocol: 1 })
    }
  })

  test('lists the options that every command takes in the help of a command', async () => {
    const { code, stdout } = await runCli(['help', 'tail'])
    expect(code).toBe(0)
    expect(stdout).toContain('--since <cursor>')
    expect(stdout).toContain('--config <file>')
  })

  test('prints the help of a command below another', async () => {
    const { code, stdout } = await runCli(['help', 'token', 'create'])
    expect(code).toBe(0)
    expect(stdout).toContain('--private-key-file <file>')
  })

  test('does not know the help of what is no command', async () => {
    const { code, stderr } = await runCli(['help', 'token', 'creat'])
    expect(code).toBe(2)
    expect(stderr).toContain("unknown command 'token creat'")
  })

  test('gives every error an exit code of its list', () => {
    expect(Object.keys(exitCodeOf).sort()).toEqual(Object.keys(registry).sort())
    for (const code of Object.values(exitCodeOf)) expect([1, 2, 3, 4, 5, 6, 7]).toContain(code)
  })

  test('ends quietly when nobody reads its output any more', async () => {
    const process = await startCli(['config', 'schema'])
    process.child.stdout?.destroy()
    expect(await process.ended()).toEqual({ code: 0, stdout: '', stderr: '' })
  })
})
