import { execFile } from 'node:child_process'
import type { ServerAccount } from './server-account.ts'

/** How a program ended. */
export interface ProgramResult {
  /** True when it ran and exited with 0. */
  readonly ok: boolean
  /** What it wrote to stdout and stderr, or why it could not be started. */
  readonly output: string
}

/** Who runs a program, and where. */
export interface ProgramPlace {
  /** Null = the user of this process. */
  readonly account: ServerAccount | null
  /** A folder that user may enter. */
  readonly cwd: string
}

/** Runs a program to its end, in a clean environment. Never throws: failing is an answer. */
export function runProgram(
  file: string,
  args: readonly string[],
  place: ProgramPlace,
): Promise<ProgramResult> {
  return new Promise(resolve => {
    const options = { cwd: place.cwd, env: cleanEnvironment(), ...place.account }
    execFile(file, args, options, (error, stdout, stderr) => {
      const output = `${stdout}${stderr}`.trim()
      resolve({ ok: error === null, output: output === '' && error !== null ? error.message : output })
    })
  })
}

/**
 * The environment of every child: none of the `PG*` variables of the caller, which would redirect it to another
 * server, and messages in English, because some of them are compared.
 */
export function cleanEnvironment(): Record<string, string> {
  const { PATH = '/usr/bin:/bin', TZ } = process.env
  return { PATH, LC_ALL: 'C', ...(TZ === undefined ? {} : { TZ }) }
}
