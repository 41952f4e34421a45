import type { Command } from 'commander'
import type { Run } from '../bind.ts'
import { type DescribedCommand, describeCommand } from './describe-command.ts'
import { renderBash } from './render-bash.ts'
import { renderFish } from './render-fish.ts'
import { renderZsh } from './render-zsh.ts'

const renderers: Readonly<Record<string, (tree: DescribedCommand) => string>> = {
  bash: renderBash,
  zsh: renderZsh,
  fish: renderFish,
}

/** The command that prints the completion of a program. The script is the data, so `--json` changes nothing. */
export function completionOf(program: Command): Run<object> {
  return async ({ output }, _options, [shell = '']) => {
    const render = renderers[shell]
    if (render !== undefined) output.write(render(describeCommand(program)))
  }
}
