import type { Command } from 'commander'
import type { Bind } from '../bind.ts'
import { wholeNumber } from '../parse-option.ts'

const notes = `
With --json every event is one line, as the hub sent it. --cursors adds lines {"checkpoint": "…"}: all events before
such a line are complete, and --since takes what it says. At the end the cursor to continue with is told on stderr.

  rtbridge tail --event 'BOOKING_*' --where 'new.seats_booked > 2'
  rtbridge tail --json --limit 10 | jq .data`

/** `rtbridge tail` */
export function addTailCommand(program: Command, bind: Bind): void {
  program
    .command('tail')
    .description('follow the events of a hub, as an app would')
    .option('--since <cursor>', 'begin after this cursor instead of now')
    .option('--table <name...>', 'only these tables (globs)')
    .option('--event <type...>', 'only these event types (globs)')
    .option('--channel <name...>', 'only these channels')
    .option('--where <condition>', 'only rows for which this CEL condition holds')
    .option('--room <name...>', 'only events addressed to these rooms')
    .option('--limit <n>', 'end after n events', wholeNumber(1, 1_000_000_000))
    .option('--url <url>', 'the hub, ws://host:port or wss://host:port (default: hub.host and hub.port)')
    .option('--ca <file>', 'the authority to trust (default: tls.ca, or ca.crt beside tls.cert)')
    .option('--token-file <path>', 'a key or token for a hub that asks who is there (RTBRIDGE_TOKEN)')
    .option('--cursors', 'with --json: also print checkpoints')
    .addHelpText('after', notes)
    .action(bind(async () => (await import('../tail/run-tail.ts')).runTail))
}
