import type { Command } from 'commander'
import type { Bind } from '../bind.ts'

const notes = `
Exit code 1 when no hub answered. What is listed is what was announced, and anybody on the network can announce
anything: a certificate (wss://) or a token you give to nobody else decides whom to trust.

  rtbridge discover --json | jq -r '.hubs[].url'
  rtbridge discover --avahi-service | sudo tee /etc/avahi/services/rtbridge.service`

/** `rtbridge discover` */
export function addDiscoverCommand(program: Command, bind: Bind): void {
  program
    .command('discover')
    .description('list the hubs that announce themselves on the local network')
    .option('--timeout <duration>', 'how long to wait for answers, such as 3s', '3s')
    .option(
      '--avahi-service',
      'print the file with which Avahi announces the configured hub, and look for nothing',
    )
    .addHelpText('after', notes)
    .action(bind(async () => (await import('../discover/run-discover.ts')).runDiscover))
}
