import type { Command } from 'commander'
import type { Bind } from '../bind.ts'

/** `rtbridge publish` */
export function addPublishCommand(program: Command, bind: Bind): void {
  program
    .command('publish')
    .description('emit an event that has no row, through the journal: ordered, durable, resumable')
    .argument('<event-type>', 'for example SYSTEM_WARNING')
    .argument('[json]', 'its data; - reads standard input', '{}')
    .option('--room <name>', 'only for members of this room')
    .option('--origin <name>', 'who it comes from, so that an app can tell its own echo')
    .addHelpText(
      'after',
      `\nThe same in SQL: SELECT rtbridge.publish('SYSTEM_WARNING', '{"text": "closing soon"}', room => 'desk-1')`,
    )
    .action(bind(async () => (await import('../publish/run-publish.ts')).runPublish))
}
