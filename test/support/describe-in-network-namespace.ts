import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, test } from 'vitest'

/** Set in the run inside. */
const insideVariable = 'RTBRIDGE_TEST_INSIDE_NAMESPACE'
/** The one address that others reach in the namespace. */
export const namespaceAddress = '10.77.0.1'

/**
 * One end of a cable has an address, the other is only there so that the line is up. What is sent on it comes back to who
 * listens on this machine, as multicast does, and reaches nobody else.
 */
const setUp = `ip link set lo up
ip link add office type veth peer name wall
ip addr add ${namespaceAddress}/24 dev office
ip link set office up
ip link set wall up`

const vitest = fileURLToPath(new URL('../../node_modules/vitest/vitest.mjs', import.meta.url))
const project = fileURLToPath(new URL('../../', import.meta.url))

/**
 * Declares tests that run in a network namespace of their own, where multicast is real and nobody else hears it. The file is run
 * there by a second vitest, and its results are reported here under the same titles. Where namespaces are not
 * permitted the tests are skipped, and the report says why.
 *
 * @param file `import.meta.url` of the test file; nothing else may be declared in it
 */
export function describeInNetworkNamespace(
  title: string,
  file: string,
  declare: () => void | Promise<void>,
): void {
  if (process.env[insideVariable] === '1') {
    describe(title, declare)
    return
  }
  const refusal = findRefusal()
  if (refusal !== null) {
    describe.skip(title, () => test(`network namespaces are not permitted here: ${refusal}`, () => {}))
    return
  }
  const { results, output } = runInside(fileURLToPath(file))
  describe(title, () => {
    if (results.length === 0) {
      test('runs in a network namespace', () => {
        throw new Error(output)
      })
    }
    for (const { title: name, status, failureMessages } of results) {
      if (status === 'pending' || status === 'skipped') test.skip(name, () => {})
      else {
        test(name, () => {
          if (status !== 'passed') throw new Error(failureMessages.join('\n') || output)
        })
      }
    }
  })
}

interface InsideResult {
  readonly title: string
  readonly status: string
  readonly failureMessages: readonly string[]
}

/** As another user one needs a namespace of users, too; as root not, and PostgreSQL wants to become somebody else. */
function unshareOptions(): readonly string[] {
  return process.getuid?.() === 0 ? ['--net'] : ['--user', '--map-current-user', '--keep-caps', '--net']
}

function findRefusal(): string | null {
  try {
    execFileSync('unshare', [...unshareOptions(), 'sh', '-ec', setUp], { stdio: 'pipe' })
    return null
  } catch (error) {
    const { stderr, message } = error as Error & { readonly stderr?: Buffer }
    return (stderr?.toString().trim() || message).split('\n')[0] ?? 'unknown'
  }
}

/** Declaring tests waits for it: their titles are not known before. */
function runInside(file: string): { results: readonly InsideResult[]; output: string } {
  const folder = mkdtempSync(join(tmpdir(), 'rtbridge-namespace-'))
  const report = join(folder, 'report.json')
  const command = [process.execPath, vitest, 'run', file, '--reporter=json', `--outputFile=${report}`]
  const { RTBRIDGE_TEST_DATABASE_URL: _, ...env } = process.env
  try {
    const { stdout, stderr } = spawnSync(
      'unshare',
      [...unshareOptions(), 'sh', '-ec', `${setUp}\nexec "$@"`, 'sh', ...command, '--maxWorkers=1'],
      { cwd: project, env: { ...env, [insideVariable]: '1' }, encoding: 'utf8', timeout: 600_000 },
    )
    return { results: readReport(report), output: `${stdout}\n${stderr}` }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function readReport(path: string): readonly InsideResult[] {
  try {
    const { testResults } = JSON.parse(readFileSync(path, 'utf8')) as {
      testResults: readonly { assertionResults: readonly InsideResult[] }[]
    }
    return testResults.flatMap(({ assertionResults }) => assertionResults)
  } catch {
    return []
  }
}
