import type { Command } from 'commander'
import type { Bind } from '../bind.ts'

const notes = `
The database is the one of DATABASE_URL, RTBRIDGE_DATABASE_URL, PGHOST and the like, or database.url of --config. It is
only looked at: names of tables and columns, nothing of the rows. On a terminal it asks before it writes.`

/** `rtbridge init` */
export function addInitCommand(program: Command, bind: Bind): void {
  program
    .command('init')
    .description('look at a database and write a commented rtbridge.yaml that captures its tables')
    .option('-o, --output <file>', 'where to write; - prints it', 'rtbridge.yaml')
    .option('--force', 'replace the file if it exists')
    .option('-y, --yes', 'do not ask')
    .addHelpText('after', notes)
    .action(bind(async () => (await import('../init/run-init.ts')).runInit))
}
