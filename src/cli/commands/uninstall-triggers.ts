import type { Command } from 'commander'
import type { Bind } from '../bind.ts'

/** `rtbridge uninstall-triggers` */
export function addUninstallCommand(program: Command, bind: Bind): void {
  program
    .command('uninstall-triggers')
    .description('take every trigger of rtbridge, the journal and its schema out of the database')
    .option('--keep-journal', 'remove the triggers only')
    .option('--dry-run', 'print what would be removed, change nothing')
    .option('--sql', 'print it as a script for psql, change nothing')
    .option('-y, --yes', 'do not ask')
    .action(bind(async () => (await import('../install/run-uninstall.ts')).runUninstall))
}
