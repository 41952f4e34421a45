import { execFile, spawnSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { describeCommand } from '../../src/cli/describe/describe-command.ts'
import { renderMan } from '../../src/cli/describe/render-man.ts'
import { buildProgram } from '../../src/cli/program.ts'
import { createFolder, runCli } from './run-cli.ts'

const run = promisify(execFile)
const isThere = (program: string) => spawnSync('which', [program], { stdio: 'ignore' }).status === 0

async function scriptOf(shell: string): Promise<string> {
  const { code, stdout } = await runCli(['completion', shell])
  expect(code).toBe(0)
  const path = join(await createFolder(), `rtbridge.${shell}`)
  await writeFile(path, stdout)
  return path
}

/** What a shell would offer for a line, sorted. */
type Complete = (line: readonly string[]) => Promise<readonly string[]>

async function inBash(): Promise<Complete> {
  const path = await scriptOf('bash')
  return async words => {
    const quoted = ['rtbridge', ...words].map(word => `'${word}'`).join(' ')
    // What readline does for a TAB: fill the variables, call the function.
    const script = `compopt() { :; }; . '${path}'; COMP_WORDS=(${quoted}); COMP_CWORD=${words.length}; _rtbridge; printf '%s\\n' "\${COMPREPLY[@]}"`
    const { stdout } = await run('bash', ['--norc', '-c', script])
    return stdout.split('\n').filter(Boolean).sort()
  }
}

async function inFish(): Promise<Complete> {
  const path = await scriptOf('fish')
  return async words => {
    const line = ['rtbridge', ...words].join(' ')
    const { stdout } = await run('fish', ['--no-config', '-c', `source '${path}'; complete -C '${line}'`])
    return stdout
      .split('\n')
      .map(each => each.split('\t')[0] ?? '')
      .filter(Boolean)
      .sort()
  }
}

describe.each([
  ['bash', inBash],
  ['fish', inFish],
] as const)('completion in %s', (shell, start) => {
  describe.skipIf(!isThere(shell))(isThere(shell) ? '' : `(apt-get install ${shell})`, () => {
    test('offers commands, and those below them', async () => {
      const complete = await start()
      expect(await complete(['se'])).toEqual(['serve', 'service'])
      expect(await complete(['token', ''])).toEqual(
        expect.arrayContaining(['check', 'create', 'list', 'revoke']),
      )
      expect(await complete(['--quiet', 'token', 'crea'])).toEqual(['create'])
    })

    test('offers the options of a command and those of every command', async () => {
      const complete = await start()
      expect(await complete(['serve', '--do'])).toEqual(['--doorbell'])
      expect(await complete(['serve', '--js'])).toEqual(['--json'])
      expect(await complete(['status', '--do'])).toEqual([])
    })

    test('offers the values of an option', async () => {
      const complete = await start()
      expect(await complete(['serve', '--doorbell', ''])).toEqual(['off', 'on'])
      expect(await complete(['--log-level', 'tr'])).toEqual(['trace'])
      expect(await complete(['completion', 'z'])).toEqual(['zsh'])
    })
  })
})

describe.skipIf(!isThere('bash'))('completion in an interactive bash', () => {
  test('is bound to the program', async () => {
    const path = await scriptOf('bash')
    const { stdout } = await run('bash', ['--norc', '-c', `. '${path}'; complete -p rtbridge`])
    expect(stdout).toBe('complete -F _rtbridge rtbridge\n')
  })

  test('offers the files of a folder for an option that takes one', async () => {
    const folder = await createFolder()
    await writeFile(join(folder, 'my rules.yaml'), '')
    const complete = await inBash()
    expect(await complete(['serve', '--config', `${folder}/my`])).toEqual([`${folder}/my rules.yaml`])
  })
})

describe.skipIf(!isThere('zsh'))(`completion in zsh${isThere('zsh') ? '' : ' (apt-get install zsh)'}`, () => {
  test('is a script that zsh can read and bind', async () => {
    const path = await scriptOf('zsh')
    const script = `autoload -Uz compinit; compinit -u -D; source '${path}'; print $_comps[rtbridge]`
    const { stdout, stderr } = await run('zsh', ['-f', '-c', script])
    expect({ stdout, stderr }).toEqual({ stdout: '_rtbridge\n', stderr: '' })
  })
})

describe('a shell nobody knows', () => {
  test('is refused with those that are known', async () => {
    const { code, stderr } = await runCli(['completion', 'tcsh'])
    expect(code).toBe(2)
    expect(stderr).toContain('bash, zsh, fish')
  })
})

describe('the manual', () => {
  const tree = describeCommand(buildProgram())
  const pages = renderMan(tree, { version: '1.2.3' })
  const textOf = (name: string) => pages.find(page => page.name === name)?.text ?? ''
  const escaped = (text: string) => text.replaceAll('-', '\\-')
  /** All pages as files, for programs that read them. */
  const write = async () => {
    const folder = await createFolder()
    const paths = pages.map(({ name }) => join(folder, `${name}.1`))
    await Promise.all(pages.map(({ text }, index) => writeFile(paths[index] ?? '', text)))
    return paths
  }

  test('has a page for every command, with its options, and one that leads to all of them and back', () => {
    const all = (command: typeof tree): (typeof tree)[] => [command, ...command.commands.flatMap(all)]
    for (const { path, commands, options } of all(tree)) {
      const name = path.replaceAll(' ', '-')
      if (commands.length > 0 && path !== tree.path) continue
      for (const { flags } of options) expect(textOf(name)).toContain(`.B ${escaped(flags)}\n`)
      expect(textOf('rtbridge')).toContain(`${escaped(name)} `)
      expect(textOf(name)).toMatch(/^\.SH "SEE ALSO"\n\.BR rtbridge/m)
    }
  })

  test('says what is taken when nothing is given, as the help does', () => {
    expect(textOf('rtbridge-bench')).toContain('how often each thing is measured (default: 200)\n')
    expect(textOf('rtbridge-publish')).toContain('reads standard input (default: {})\n')
  })

  test('leads to no page that is not there', () => {
    const known = [...pages.map(({ name }) => name), 'psql', 'systemctl']
    for (const { text } of pages) {
      const named = [...text.matchAll(/^\.BR (\S+) \(1\)/gm)].map(([, name = '']) =>
        name.replaceAll('\\-', '-'),
      )
      expect(named.length).toBeGreaterThan(0)
      expect(named.filter(name => !known.includes(name))).toEqual([])
    }
  })

  test.skipIf(!isThere('man'))('is one that man reads without a warning', async () => {
    const env = { ...process.env, LC_ALL: 'C.UTF-8', MANROFFSEQ: '', MANWIDTH: '80' }
    for (const path of await write()) {
      const args = ['--warnings', '-E', 'UTF-8', '-l', '-Tutf8', '-Z', path]
      const { stdout, stderr } = await run('man', args, { env })
      expect(stderr).toBe('')
      expect(stdout).not.toBe('')
    }
  })

  test.skipIf(!isThere('mandoc'))('is one that mandoc has nothing against', async () => {
    const { stdout } = await run('mandoc', ['-T', 'lint', '-W', 'warning', ...(await write())]).catch(
      error => error as { stdout: string },
    )
    expect(stdout.split('\n').filter(line => line !== '' && !line.includes('missing date'))).toEqual([])
  })
})
