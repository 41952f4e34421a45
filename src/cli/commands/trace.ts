import type { Command } from 'commander'
import type { Bind } from '../bind.ts'
import { positiveNumber, wholeNumber } from '../parse-option.ts'

const notes = `
Each step says ok, warning, dropped, waiting, or why nobody can tell (skipped); the verdict names the step where the change
ended. Exit code 0 when it was given to a client, else 5. A hub tells of its clients to admins: RTBRIDGE_TOKEN or --token-file,
or on its own machine with auth.mode open.

  rtbridge trace bookings 42 --event BOOKING_CANCELLED
  rtbridge trace order_lines 7 3 --wait 5`

/** `rtbridge trace` */
export function addTraceCommand(program: Command, bind: Bind): void {
  program
    .command('trace')
    .description(
      'follow the newest change of a row from its trigger to the clients, and name the step that dropped it',
    )
    .argument('<table>', 'the table, as the configuration names it')
    .argument('<key...>', 'the key of the row: a value for each of its columns, or id of an event')
    .option('--event <name>', 'the event that was missed, such as BOOKING_CANCELLED; default any')
    .option('--last <n>', 'how many changes of the row to list', wholeNumber(1, 1_000), 5)
    .option('--wait <seconds>', 'wait for the next change of the row, so long', positiveNumber(86_400))
    .option('--follow', 'trace every next change of the row, until Ctrl-C')
    .option('--url <url>', 'the hub, ws://host:port or wss://host:port (default: hub.host and hub.port)')
    .option('--ca <file>', 'the authority to trust (default: tls.ca, or ca.crt beside tls.cert)')
    .option('--token-file <path>', 'a key or token of an admin, for a hub that asks (RTBRIDGE_TOKEN)')
    .addHelpText('after', notes)
    .action(bind(async () => (await import('../trace/run-trace.ts')).runTrace))
}
