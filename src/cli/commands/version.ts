import type { Command } from 'commander'
import type { Bind } from '../bind.ts'

/** `rtbridge version` */
export function addVersionCommand(program: Command, bind: Bind): void {
  program
    .command('version')
    .description('print the versions of the program, its schema and its protocol')
    .action(bind(async () => (await import('../version/run-version.ts')).runVersion))
}
