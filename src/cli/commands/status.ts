import type { Command } from 'commander'
import type { Bind } from '../bind.ts'

/** `rtbridge status` */
export function addStatusCommand(program: Command, bind: Bind): void {
  program
    .command('status')
    .description(
      'how database, triggers, journal and hub are; exit code 0 ok, 4 no database, 5 something is wrong',
    )
    .option('--ca <file>', 'the authority to trust (default: tls.ca, or ca.crt beside tls.cert)')
    .action(bind(async () => (await import('../status/run-status.ts')).runStatus))
}
