import type { Command } from 'commander'
import type { Bind } from '../bind.ts'
import { wholeNumber } from '../parse-option.ts'

const notes = `
Without --write it reads only: no table is touched and nothing is made. It sends notifications on a channel of its own, which
takes a transaction id each, and asks for flushes of the WAL as a hub does.
With --write it also makes a schema, inserts small rows there with no trigger, a NOTIFY trigger and a journal trigger in turn, and
drops the schema again, also when it is stopped; what a run left that was killed, or lost its database, the next one drops. Writers
elsewhere wait a little more for the disk meanwhile.

Half of the rounds took p50 at most, 99 in 100 took p99 at most, the longest one took most:

  round trip                 a statement that does nothing, there and back
  where the database is      asks which transactions have ended, as each look of a hub at the journal does first
  notification, until heard  from the NOTIFY of one session, its commit included, until another session hears it
  flush of the WAL           brings the write-ahead log to disk, as a commit does where synchronous_commit is on

Of the writers, "97 % of that (72 to 131)": with this trigger 97 % of the rate without one. It is measured in ten turns; 97 is that of the
turn in the middle, 72 that of the worst, 131 that of the best: above 100 something else slowed the writers without a trigger.`

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
