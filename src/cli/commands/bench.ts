import type { Command } from 'commander'
import type { Bind } from '../bind.ts'
import { wholeNumber } from '../parse-option.ts'

const notes = `
Without --write it reads only: no table is touched and nothing is made. It sends notifications on a channel of its own, which
takes a transaction id each, and asks for flushes of the WAL as a hub does.
With --write it also makes a schema, inserts small rows there with no trigger, a NOTIFY trigger and a journal trigger in turn, and
drops the schema again, also when it is stopped; what a run left that was killed, or lost its database, the next one drops. Writers
elsewhere wait a little more for the disk meanwhile.`

/** `rtbridge bench` */
export function addBenchCommand(program: Command, bind: Bind): void {
  program
    .command('bench')
    .description(
      'measure what a hub needs of your database: round trips, notifications, flushes; changes nothing unless --write',
    )
    .option('--rounds <n>', 'how often each thing is measured', wholeNumber(1, 100_000), 200)
    .option('--write', 'measure writers, too, in a schema that it makes and removes')
    .option('-y, --yes', 'with --write: do not ask')
    .addHelpText('after', notes)
    .action(bind(async () => (await import('../bench/run-bench.ts')).runBench))
}
