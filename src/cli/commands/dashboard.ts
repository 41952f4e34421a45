import type { Command } from 'commander'
import type { Bind } from '../bind.ts'

const notes = `
The link is good once, for ten minutes, and opens the dashboard for twelve hours. The hub of the configuration makes it, for
an admin: whoever calls from its own machine where nobody is asked who he is (auth.mode: open), else who shows a key or
token with the role admin. Whoever has such a key can sign in with it, too.`

/** `rtbridge dashboard` */
export function addDashboardCommand(program: Command, bind: Bind): void {
  program
    .command('dashboard')
    .description('print a link into the dashboard of the hub that runs')
    .option('--ca <file>', 'the authority to trust (default: tls.ca, or ca.crt beside tls.cert)')
    .option('--token-file <path>', "an admin's key or token (RTBRIDGE_TOKEN)")
    .addHelpText('after', notes)
    .action(bind(async () => (await import('../dashboard/run-dashboard.ts')).runDashboard))
}
