import { type Command, Option } from 'commander'
import type { Bind } from '../bind.ts'
import { wholeNumber } from '../parse-option.ts'

const notes = `
Logs go to stderr: lines for people on a terminal, JSON elsewhere. SIGTERM and SIGINT end it within 10 s, a second one
at once. SIGHUP takes the rules, policies and keys of the configuration file and a new certificate into use without losing a
client; what is not good changes nothing, and the log says why, and which settings need a restart.
Under systemd (Type=notify) it tells how it is, and feeds the watchdog: docs/systemd.md.`

/** `rtbridge serve` */
export function addServeCommand(program: Command, bind: Bind): void {
  program
    .command('serve')
    .description('run the hub: read the journal, serve events to apps, for ever')
    .option('--host <address>', 'address to listen on (hub.host, RTBRIDGE_HUB_HOST)')
    .option(
      '--port <port>',
      'port to listen on, 0 = any free one (hub.port, RTBRIDGE_HUB_PORT)',
      wholeNumber(0, 65_535),
    )
    .addOption(
      new Option(
        '--doorbell <on|off>',
        'off: never sleep, so that no writer notifies (database.doorbell)',
      ).choices(['on', 'off']),
    )
    .addHelpText('after', notes)
    .action(bind(async () => (await import('../serve/run-serve.ts')).runServe))
}
