import type { Command } from 'commander'
import type { Bind } from '../bind.ts'

const folder = 'where the files lie (default: beside tls.cert, else tls/ beside the configuration file)'
const notes = `
Files: ca.crt (give it to the desks), ca.key (keep it to yourself; the hub does not need it), hub.crt, hub.key.
The authority can vouch for names and addresses of the local network and for those of --host, and for nothing else.`

/** `rtbridge cert init|show|trust|renew` */
export function addCertCommand(program: Command, bind: Bind): void {
  const cert = program
    .command('cert')
    .description('certificates for the hub from a small authority of your own, for wss and https')
  cert
    .command('init')
    .description('make an authority (10 years) and a certificate of this machine (397 days)')
    .option('--dir <folder>', folder)
    .option('--host <name...>', 'more names or addresses that apps use for this hub')
    .option('--force', 'make a new authority although there is one')
    .addHelpText('after', notes)
    .action(bind(async () => (await import('../cert/run-cert.ts')).runInit))
  cert
    .command('show')
    .description('names, end and SHA-256 fingerprints; apps can pin that of the authority')
    .option('--dir <folder>', folder)
    .action(bind(async () => (await import('../cert/run-cert.ts')).runShow))
  cert
    .command('trust')
    .description('how desks are made to trust the authority; changes nothing')
    .option('--dir <folder>', folder)
    .option('--to <folder>', 'also write a copy of ca.crt there, as rtbridge-ca.crt')
    .action(bind(async () => (await import('../cert/run-cert.ts')).runTrust))
  cert
    .command('renew')
    .description('make a new certificate of the hub; authority and names stay')
    .option('--dir <folder>', folder)
    .option('--host <name...>', 'more names or addresses that apps use for this hub')
    .action(bind(async () => (await import('../cert/run-cert.ts')).runRenew))
}
