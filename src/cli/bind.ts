import type { Command } from 'commander'
import type { CommandContext } from './context.ts'
import { type ExitCode, exitCodes } from './exit-codes.ts'
import type { GlobalValues } from './global-options.ts'
import type { Host } from './host.ts'

/**
 * What a command does: gets its options and arguments, throws what goes wrong.
 * @returns the exit code; nothing = 0
 */
export type Run<Options> = (
  context: CommandContext,
  options: Options,
  args: readonly (string | undefined)[],
) => Promise<ExitCode> | Promise<void>

/** Turns a command's function into what commander calls. It is loaded when it is called: the whole program is large. */
export type Bind = <Options>(load: () => Promise<Run<Options>>) => (...received: unknown[]) => Promise<void>

/** Binds commands to the world they run in. */
export function bindTo({ host, onExitCode }: { host: Host; onExitCode: (code: ExitCode) => void }): Bind {
  return load =>
    async (...received) => {
      const command = received.at(-1) as Command
      const args = received.slice(0, -2) as (string | undefined)[]
      const [run, { createContext }] = await Promise.all([load(), import('./context.ts')])
      const context = createContext(host, command.optsWithGlobals<GlobalValues>())
      onExitCode((await run(context, command.opts() as never, args)) ?? exitCodes.ok)
    }
}
