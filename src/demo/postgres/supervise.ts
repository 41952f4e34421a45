import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { cleanEnvironment } from './run-program.ts'
import type { ServerAccount } from './server-account.ts'

/** What to run, and what to leave behind when we are gone. */
export interface SuperviseOptions {
  readonly file: string
  readonly args: readonly string[]
  /** Null = the user of this process. */
  readonly account: ServerAccount | null
  readonly cwd: string
  /** Receives stdout and stderr, appended. */
  readonly logFile: string
  /** What ends the program when this process has died: `INT` = PostgreSQL's fast shutdown, `QUIT` = at once. */
  readonly signal: 'TERM' | 'INT' | 'QUIT'
  /** A folder to remove when this process has died; null = none. */
  readonly remove: string | null
}

/** A program that does not outlive this process. It does not keep this process alive either. */
export interface SupervisedProgram {
  readonly pid: number
  /** Its exit code, 128 + n after signal n. Waiting for it keeps this process alive. */
  exited(): Promise<number>
  /** True until it has ended. */
  isRunning(): boolean
}

/**
 * Stands between us and the program, because no handler of ours runs after a SIGKILL: standard input is a pipe
 * from us, and when it ends we are gone. The signal is sent again and again since it could come just before
 * `wait`. In a session of its own, so that Ctrl-C reaches us only and we stop things in order.
 */
const supervisor = `
log=$1 signal=$2 remove=$3
shift 3
exec 3<&0
orphaned=
trap 'orphaned=yes' USR1
"$@" </dev/null >>"$log" 2>&1 3<&- &
program=$!
echo "$program"
(
  trap - USR1
  read -r _ <&3 || while kill -USR1 $$; do sleep 0.2; done
) >/dev/null 2>&1 &
watcher=$!
wait "$program"
code=$?
if [ -n "$orphaned" ]; then
  trap '' USR1
  kill -s "$signal" "$program"
  tries=100
  while kill -0 "$program" && [ $tries -gt 0 ]; do sleep 0.1; tries=$((tries - 1)); done
  kill -s KILL "$program"
  if [ -n "$remove" ]; then rm -rf -- "$remove"; fi
fi 2>/dev/null
kill "$watcher" 2>/dev/null
exit "$code"
`

/**
 * Starts a program that ends when this process ends, however that happens.
 *
 * @throws the error of the operating system when it cannot be started as that user
 */
export async function supervise(options: SuperviseOptions): Promise<SupervisedProgram> {
  const { file, args, account, cwd, logFile, signal, remove } = options
  const child = spawn('/bin/sh', ['-c', supervisor, 'sh', logFile, signal, remove ?? '', file, ...args], {
    cwd,
    env: cleanEnvironment(),
    stdio: ['pipe', 'pipe', 'ignore'],
    detached: true,
    ...account,
  })
  await once(child, 'spawn')
  let exitCode: number | null = null
  const exit = new Promise<number>(resolve => {
    child.once('exit', code => {
      exitCode = code ?? 1
      resolve(exitCode)
    })
  })
  const pid = await readPid(child.stdout)
  child.unref()
  for (const pipe of [child.stdin, child.stdout]) (pipe as Socket).unref()
  return {
    pid,
    isRunning: () => exitCode === null,
    exited: () => {
      if (exitCode === null) child.ref()
      return exit
    },
  }
}

async function readPid(stdout: NodeJS.ReadableStream): Promise<number> {
  const lines = createInterface({ input: stdout })
  const [line] = (await once(lines, 'line')) as [string]
  return Number(line)
}
