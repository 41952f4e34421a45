import type { Command } from 'commander'
import type { Bind } from '../bind.ts'

const root = 'work below this folder and run nothing: for packages and images'
const dryRun = 'show what would be done, and do nothing'

/** `rtbridge service install|uninstall|status` */
export function addServiceCommand(program: Command, bind: Bind): void {
  const service = program.command('service').description('rtbridge as a systemd service of this machine')
  service
    .command('install')
    .description('write the unit, make its user and folders, start it now and with the machine')
    .option('--dry-run', dryRun)
    .option('--root <folder>', root)
    .action(bind(async () => (await import('../service/run-service.ts')).runInstall))
  service
    .command('uninstall')
    .description('stop it and take the unit away; configuration, user and triggers stay')
    .option('--dry-run', dryRun)
    .option('--root <folder>', root)
    .action(bind(async () => (await import('../service/run-service.ts')).runUninstall))
  service
    .command('status')
    .description('what systemd says of it; exit code 5 when it does not run')
    .action(bind(async () => (await import('../service/run-status.ts')).runStatus))
}
