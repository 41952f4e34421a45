import type { Command } from 'commander'
import type { Bind } from '../bind.ts'

const notes = `
Each check says ok, warning, problem or why it was skipped, with the command or SQL that mends it. A warning leaves the
exit code at 0; with --json each check keeps its name for ever. Without --fix it changes nothing.
--fix mends what cannot harm: our triggers that are gone or disabled, a journal past its limits, keys that others can read.`

/** `rtbridge doctor` */
export function addDoctorCommand(program: Command, bind: Bind): void {
  program
    .command('doctor')
    .description('look for what keeps changes from being captured; exit code 0 ok, 5 when there is a problem')
    .option('--fix', 'mend what is safe to mend, each after a question')
    .option('-y, --yes', 'with --fix: do not ask')
    .option('--bundle <file>', 'also write a report without secrets, for whoever helps')
    .addHelpText('after', notes)
    .action(bind(async () => (await import('../doctor/run-doctor.ts')).runDoctor))
}
