import type { Command } from 'commander'
import type { Bind } from '../bind.ts'

const notes = `
Safe to run again at any time: it does what is missing and nothing else. Each table is locked for a moment, in a
transaction of its own that gives way to the application's writers.

With --table only the tables that match are looked at. Tables that the configuration does not name are then captured
too, without business events; the next run without --table releases them again.`

/** `rtbridge install-triggers` */
export function addInstallCommand(program: Command, bind: Bind): void {
  program
    .command('install-triggers')
    .description('put the journal and the triggers of the configured tables into the database')
    .option('--dry-run', 'print what would be done, change nothing')
    .option('--sql', 'print it as a script for psql, change nothing')
    .option('--check', 'list the differences, change nothing; exit code 5 when there are any')
    .option('--table <pattern...>', 'only these tables')
    .option('--renew', 'make triggers of an earlier version anew, too, which are right but slower')
    .addHelpText('after', notes)
    .action(bind(async () => (await import('../install/run-install.ts')).runInstall))
}
