import { type Command, Option } from 'commander'
import type { Bind } from '../bind.ts'

const notes = `
The tables are those of the configuration, as install-triggers takes them; they need not be captured yet. Only the
catalogue is read: names, types and comments, nothing of the rows. The same tables and rules give the same file.

  rtbridge types --out src/rtbridge-types.ts
  rtbridge types --out src/rtbridge-types.ts --check     # in CI: exit code 5 when the file is out of date`

/** `rtbridge types` */
export function addTypesCommand(program: Command, bind: Bind): void {
  program
    .command('types')
    .description('write the types of tables and events for TypeScript, or as JSON Schema')
    .option(
      '-o, --out <file>',
      'where to write, in a folder that is made if need be; default standard output',
    )
    .addOption(
      new Option('--format <format>', 'what is written').choices(['ts', 'json-schema']).default('ts'),
    )
    .option('--check', 'compare with the file of --out, change nothing; exit code 5 when they differ')
    .option('--table <pattern...>', 'only these tables')
    .addHelpText('after', notes)
    .action(bind(async () => (await import('../types/run-types.ts')).runTypes))
}
