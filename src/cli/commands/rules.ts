import { type Command, Option } from 'commander'
import type { Bind } from '../bind.ts'
import { oneOf, wholeNumber } from '../parse-option.ts'

const notes = `
Rows are given with --old and --new, or in a file ('-' is standard input): JSON documents, one after another or in a list,
each { "table", "op", "old", "new", "origin" }. Given rows need no database. Excluded columns are taken out of them, as the
trigger does. With --key the row of the table stands on both sides, and --old and --new replace some of its columns.

  rtbridge rules test bookings --old '{"status":"OPEN"}' --new '{"status":"CANCELLED"}' --expect BOOKING_CANCELLED
  rtbridge rules test bookings --key 42 --op update --new '{"status":"CANCELLED"}'
  rtbridge rules test --all-tables --last 20`

const operations = ['insert', 'update', 'delete', 'truncate']

/** `rtbridge rules test` */
export function addRulesCommand(program: Command, bind: Bind): void {
  const rules = program.command('rules').description('try the rules of the configuration out')
  rules
    .command('test')
    .description('run the rules on changes, and say why each fired or not; exit code 5 when not as expected')
    .argument('[table]', 'the table, as the configuration names it')
    .addOption(
      new Option('--op <operation>', 'what happened; default what the rows say')
        .choices(operations)
        .argParser(oneOf(operations)),
    )
    .option('--old <json>', 'the row before')
    .option('--new <json>', 'the row after')
    .option('--origin <name>', 'who wrote it, as rtbridge.origin says')
    .option('-f, --file <path>', 'changes as JSON documents; - = standard input')
    .addOption(
      new Option('--last <n>', 'the newest changes of the journal')
        .argParser(wholeNumber(1, 10_000))
        .conflicts(['file', 'key', 'old', 'new', 'op']),
    )
    .addOption(
      new Option('--key <value...>', 'the row of this key, as it is now in the table').conflicts(['file']),
    )
    .addOption(
      new Option('--all-tables', 'with --last: changes of all tables').conflicts(['key', 'old', 'new']),
    )
    .option('--rule <event...>', 'only these rules')
    .addOption(
      new Option('--expect <event...>', 'exactly these events are to fire, over all changes').conflicts([
        'expectNone',
      ]),
    )
    .option('--expect-none', 'no rule is to fire')
    .addHelpText('after', notes)
    .action(bind(async () => (await import('../rules/run-rules-test.ts')).runRulesTest))
}
