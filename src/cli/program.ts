import { Command, Help } from 'commander'
import type { Bind } from './bind.ts'
import { bindTo } from './bind.ts'
import { addBenchCommand } from './commands/bench.ts'
import { addCertCommand } from './commands/cert.ts'
import { addCompletionCommand } from './commands/completion.ts'
import { addConfigCommand } from './commands/config.ts'
import { addDashboardCommand } from './commands/dashboard.ts'
import { addDemoCommand } from './commands/demo.ts'
import { addDiscoverCommand } from './commands/discover.ts'
import { addDoctorCommand } from './commands/doctor.ts'
import { addInitCommand } from './commands/init.ts'
import { addInstallCommand } from './commands/install-triggers.ts'
import { addPublishCommand } from './commands/publish.ts'
import { addRulesCommand } from './commands/rules.ts'
import { addServeCommand } from './commands/serve.ts'
import { addServiceCommand } from './commands/service.ts'
import { addStatusCommand } from './commands/status.ts'
import { addTailCommand } from './commands/tail.ts'
import { addTokenCommand } from './commands/token.ts'
import { addTraceCommand } from './commands/trace.ts'
import { addTypesCommand } from './commands/types.ts'
import { addUninstallCommand } from './commands/uninstall-triggers.ts'
import { addVersionCommand } from './commands/version.ts'
import type { ExitCode } from './exit-codes.ts'
import { addGlobalOptions } from './global-options.ts'
import type { Host } from './host.ts'
import { processHost } from './host.ts'
import { readPackageVersion } from './package-info.ts'

export interface ProgramOptions {
  readonly host: Host
  /** Told the exit code of a command that ended without an error. */
  readonly onExitCode: (code: ExitCode) => void
}

const addCommands: readonly ((program: Command, bind: Bind) => void)[] = [
  addDemoCommand,
  addInitCommand,
  addInstallCommand,
  addUninstallCommand,
  addServeCommand,
  addServiceCommand,
  addStatusCommand,
  addDashboardCommand,
  addDoctorCommand,
  addTraceCommand,
  addBenchCommand,
  addDiscoverCommand,
  addTailCommand,
  addPublishCommand,
  addCertCommand,
  addTokenCommand,
  addTypesCommand,
  addRulesCommand,
  addConfigCommand,
  addCompletionCommand,
  addVersionCommand,
]

const epilogue = `
The database is database.url of the configuration, RTBRIDGE_DATABASE_URL, or PGHOST, PGUSER, PGDATABASE and the like.
DATABASE_URL is read by \`rtbridge init\`, and where a configuration file refers to it, as the one does that init writes.
No flag takes it: other users of the machine could read the password in the list of processes.

Exit codes: 0 ok, 1 failure, 2 usage, 3 configuration, 4 database, 5 a check failed, 6 refused, 7 permission.`

/** Builds the command line: every command with its options. It does nothing until it is parsed. */
export function buildProgram(
  options: ProgramOptions = { host: processHost(), onExitCode: () => {} },
): Command {
  const { host } = options
  const program = new Command('rtbridge')
    .description('Row changes of a PostgreSQL database as business events on every desk.')
    .usage('<command> [options]')
    .version(`rtbridge ${readPackageVersion()}`, '--version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .addHelpText('after', epilogue)
    .exitOverride()
    .configureOutput({
      writeOut: text => void host.stdout.write(text),
      // Usage errors are reported like every other error.
      writeErr: () => {},
      getOutHelpWidth: () => host.stdout.columns ?? 100,
      getOutHasColors: () => false,
    })
    .configureHelp({ formatHelp: formatWithGlobals })
  addGlobalOptions(program)
  for (const add of addCommands) add(program, bindTo(options))
  addHelpCommand(program)
  return program
}

/** `rtbridge help token create`: commander's own help knows one name only. */
function addHelpCommand(program: Command): void {
  program
    .helpCommand(false)
    .command('help')
    .description('print the help of a command')
    .argument('[command...]')
    .action((names: readonly string[]) => {
      let found = program
      for (const name of names) {
        const next = found.commands.find(command => command.name() === name)
        if (next === undefined) program.error(`unknown command '${names.join(' ')}'`)
        found = next
      }
      found.outputHelp()
    })
}

/** Commands also list the options that every command takes. */
function formatWithGlobals(command: Command, helper: Help): string {
  helper.showGlobalOptions = command.parent !== null
  return Help.prototype.formatHelp.call(helper, command, helper)
}
