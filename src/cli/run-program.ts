import { CommanderError } from 'commander'
import type { RtbridgeError } from '../domain/errors/registry.ts'
import { rtbridgeError, toRtbridgeError } from '../domain/errors/registry.ts'
import { type ExitCode, exitCodeOf, exitCodes } from './exit-codes.ts'
import type { GlobalValues } from './global-options.ts'
import type { Host } from './host.ts'
import { buildProgram } from './program.ts'
import { reportError } from './report-error.ts'

/**
 * Runs one command line, and tells what went wrong.
 *
 * @param args without the program's own name
 * @returns the exit code
 */
export async function runProgram(args: readonly string[], host: Host): Promise<ExitCode> {
  let exitCode: ExitCode = exitCodes.ok
  const program = buildProgram({
    host,
    onExitCode: code => {
      exitCode = code
    },
  })
  try {
    if (args.length === 0) program.outputHelp()
    else await program.parseAsync([...args], { from: 'user' })
    return exitCode
  } catch (thrown) {
    if (thrown instanceof CommanderError && thrown.exitCode === 0) return exitCodes.ok
    const error =
      thrown instanceof CommanderError ? toUsageError(thrown, args) : toRtbridgeError(thrown, 'a command')
    // After a usage error commander may not have come as far as the option.
    const values = { ...program.opts<GlobalValues>(), ...(args.includes('--json') ? { json: true } : {}) }
    const { createContext } = await import('./context.ts')
    reportError(error, createContext(host, values))
    return exitCodeOf[error.code]
  }
}

/** What commander says, in our form: `error: unknown command 'stauts'\n(Did you mean status?)`. */
function toUsageError(thrown: CommanderError, args: readonly string[]): RtbridgeError {
  const problem = thrown.code === 'commander.help' ? 'a subcommand is missing' : thrown.message
  const [, suggestion = null] = /\(Did you mean (?:one of )?(.*)\?\)/s.exec(problem) ?? []
  const { commands } = buildProgram()
  // The first word may be the value of an option that every command takes: `--config file serve`.
  const known = args.flatMap(arg => commands.find(command => command.name() === arg) ?? [])[0]
  const below = known?.commands.find(command => args.includes(command.name()))
  return rtbridgeError('RTB_COMMAND_USAGE', {
    problem: problem.replace(/^error: /, '').replace(/\n?\(Did you mean.*/s, ''),
    command: ['rtbridge', known?.name() ?? [], below?.name() ?? []].flat().join(' '),
    suggestion,
  })
}
