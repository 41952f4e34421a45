import { execFileSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { join } from 'node:path'

/**
 * The time that a package of this tree carries, seconds since 1970, so that the same tree gives the same bytes:
 * SOURCE_DATE_EPOCH, else that of the last commit, else that of package.json.
 * @see https://reproducible-builds.org/specs/source-date-epoch/
 */
export function sourceDate(project) {
  const { SOURCE_DATE_EPOCH: told } = process.env
  if (told !== undefined && /^\d+$/.test(told)) return Number(told)
  try {
    const options = { cwd: project, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }
    return Number(execFileSync('git', ['log', '-1', '--format=%ct'], options))
  } catch {
    return Math.floor(statSync(join(project, 'package.json')).mtimeMs / 1_000)
  }
}
