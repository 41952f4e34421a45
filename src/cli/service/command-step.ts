import { execFileSync } from 'node:child_process'
import { rtbridgeError } from '../../domain/errors/registry.ts'

/** One thing to do, in words and as it is done. */
export interface Step {
  readonly does: string
  /** @throws RTB_SERVICE_FAILED, RTB_COMMAND_WRITE */
  readonly run: () => void
}

/** Running a program to its end, as a step. */
export function commandStep([program = '', ...args]: readonly string[]): Step {
  const command = [program, ...args].join(' ')
  const run = () => {
    try {
      execFileSync(program, args, { stdio: ['ignore', 'ignore', 'pipe'] })
    } catch (error) {
      const { stderr, message } = error as { stderr?: Buffer; message: string }
      const problem = stderr?.toString().trim() || message
      throw rtbridgeError('RTB_SERVICE_FAILED', { command, problem }, error)
    }
  }
  return { does: `run ${command}`, run }
}
