import type { Command } from 'commander'
import type { Bind } from '../bind.ts'
import { positiveNumber, wholeNumber } from '../parse-option.ts'

/** `rtbridge demo` */
export function addDemoCommand(program: Command, bind: Bind): void {
  program
    .command('demo')
    .description(
      'show everything at once: a real PostgreSQL, a sample station, traffic, a hub and its events',
    )
    .option(
      '--port <port>',
      'port of the hub; the next free one if it is taken',
      wholeNumber(1, 65_535),
      8_765,
    )
    .option('--data-dir <folder>', 'keep the database there (default: a temporary folder)')
    .option('--rate <n>', 'changes per second', positiveNumber(1_000), 3)
    .option('--seed <n>', 'which traffic; the same seed makes the same', wholeNumber(0, 4_294_967_295), 1)
    .option('--duration <seconds>', 'end after that (default: Ctrl-C)', positiveNumber(86_400))
    .option('--no-open', 'do not open the dashboard in the browser')
    .addHelpText(
      'after',
      '\nAt the terminal of a desktop it opens the dashboard in the browser; not over SSH, and not with --json.\n' +
        'Everything listens on 127.0.0.1 only. Needs no PostgreSQL and touches none that runs.\n' +
        'Started as root in a folder that other users cannot enter, it unpacks PostgreSQL below the folder for temporary\n' +
        'files (60 MB) and leaves it there for the next time.',
    )
    .action(bind(async () => (await import('../demo/run-demo.ts')).runDemo))
}
