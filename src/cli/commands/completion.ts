import { Argument, type Command } from 'commander'
import type { Bind } from '../bind.ts'

const notes = `
The first two are for all users of the machine, and need root; the folder of the third has to be there.

  rtbridge completion bash > /etc/bash_completion.d/rtbridge
  rtbridge completion zsh > /usr/local/share/zsh/site-functions/_rtbridge
  rtbridge completion fish > ~/.config/fish/completions/rtbridge.fish`

/** `rtbridge completion` */
export function addCompletionCommand(program: Command, bind: Bind): void {
  program
    .command('completion')
    .description('print what lets a shell complete commands and options')
    .addArgument(new Argument('<shell>', 'whose').choices(['bash', 'zsh', 'fish']))
    .addHelpText('after', notes)
    .action(bind(async () => (await import('../describe/run-completion.ts')).completionOf(program)))
}
