import type { Command } from 'commander'
import type { Bind } from '../bind.ts'

const notes = `
It changes nothing. Each check says ok, warning, problem or why it was skipped, with the command or SQL that mends it.
A warning leaves the exit code at 0; with --json each check keeps its name for ever.`

/** `rtbridge doctor` */
export function addDoctorCommand(program: Command, bind: Bind): void {
  program
    .command('doctor')
    .description('look for what keeps changes from being captured; exit code 0 ok, 5 when there is a problem')
    .addHelpText('after', notes)
    .action(bind(async () => (await import('../doctor/run-doctor.ts')).runDoctor))
}
