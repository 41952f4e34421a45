import { basename, relative } from 'node:path'

/**
 * How the user calls this program again: as it was called.
 * @param script `process.argv[1]`
 */
export function programName(script: string | undefined, cwd: string): string {
  if (script === undefined || basename(script) === 'rtbridge') {
    return script?.includes('node_modules') === true ? 'npx rtbridge' : 'rtbridge'
  }
  const path = relative(cwd, script)
  return `node ${path.startsWith('..') ? script : path}`
}
