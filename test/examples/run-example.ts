import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

/** An example that runs in a process of its own, as a user starts it. */
export interface RunningExample {
  /** What it printed so far, line by line. */
  readonly lines: readonly string[]
  /** What it printed to standard error. */
  readonly problems: readonly string[]
  /** Ends it, by default as Ctrl-C does. */
  stop(signal?: NodeJS.Signals): Promise<void>
}

/** How an example is started. */
export interface ExampleOptions {
  /** Default Node. */
  readonly program?: string
  readonly args?: readonly string[]
  /** Besides PATH and HOME. */
  readonly env?: Readonly<Record<string, string>>
  /** Default the folder of the file. */
  readonly cwd?: string
}

/**
 * Starts an example; killed after the test.
 * @param path in `examples/`, or absolute
 */
export function runExample(path: string, options: ExampleOptions = {}): RunningExample {
  const { program = process.execPath, args = [], env = {} } = options
  const file = new URL(path, new URL('../../examples/', import.meta.url))
  const { PATH = '', HOME = '' } = process.env
  const child = spawn(program, [fileURLToPath(file), ...args], {
    cwd: options.cwd ?? fileURLToPath(new URL('.', file)),
    env: { PATH, HOME, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = new Promise<void>(resolve => child.once('close', () => resolve()))
  const stop = (signal: NodeJS.Signals = 'SIGINT') => {
    child.kill(signal)
    return ended
  }
  onTestFinished(() => stop('SIGKILL'))
  return { lines: collectLines(child.stdout), problems: collectLines(child.stderr), stop }
}

function collectLines(stream: NodeJS.ReadableStream): readonly string[] {
  const lines: string[] = []
  let rest = ''
  stream.setEncoding('utf8')
  stream.on('data', (text: string) => {
    const parts = (rest + text).split('\n')
    rest = parts.pop() ?? ''
    lines.push(...parts)
  })
  return lines
}
