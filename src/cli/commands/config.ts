import type { Command } from 'commander'
import type { Bind } from '../bind.ts'

/** `rtbridge config check|show|schema` */
export function addConfigCommand(program: Command, bind: Bind): void {
  const config = program.command('config').description('check, show or describe the configuration')
  config
    .command('check')
    .description('check the file, its rules and the variables; says every problem with file:line:column')
    .action(bind(async () => (await import('../config/run-config.ts')).runCheck))
  config
    .command('show')
    .description('print every setting as it is in effect, without secrets')
    .option('--origin', 'with where each value comes from')
    .action(bind(async () => (await import('../config/run-config.ts')).runShow))
  config
    .command('schema')
    .description('print the JSON Schema of the file, for editors')
    .action(bind(async () => (await import('../config/run-config.ts')).runSchema))
}
