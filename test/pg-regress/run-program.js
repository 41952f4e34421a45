import { spawn } from 'node:child_process'

/**
 * Runs a program to its end with an environment of its own, so that no PG* variable of the caller reaches it.
 *
 * @param file the program, with a path or to be found on PATH
 * @param args its arguments
 * @param options `account` (uid, gid) to run as, or null; `cwd`; `env` to add; `input` for stdin; `timeoutMs` and
 * `signal` (an AbortSignal), which end it with all that it started
 * @returns {Promise<{ code: number | null, stdout: string, stderr: string, timedOut: boolean }>}
 */
export function runProgram(
  file,
  args,
  { account = null, cwd, env = {}, input = '', timeoutMs = 0, signal } = {},
) {
  const { PATH } = process.env
  const child = spawn(file, args, { ...account, cwd, env: { PATH, LC_ALL: 'C', ...env }, detached: true })
  let timedOut = false
  const timer = timeoutMs > 0 ? setTimeout(stop, timeoutMs) : undefined
  function stop() {
    timedOut = signal?.aborted !== true
    // It leads a process group: what it started would otherwise live on and keep our pipes open.
    process.kill(-child.pid, 'SIGTERM')
  }
  signal?.addEventListener('abort', stop, { once: true })
  const output = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr']) {
    child[name].setEncoding('utf8').on('data', text => {
      output[name] += text
    })
  }
  // A program that does not read its input to the end is not an error of ours.
  child.stdin.on('error', () => {}).end(input)
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', code => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', stop)
      resolve({ code, ...output, timedOut })
    })
  })
}

/** As {@link runProgram}, for programs that have to succeed. @throws Error with what it said */
export async function mustRun(file, args, options) {
  const result = await runProgram(file, args, options)
  if (result.code === 0) return result
  throw new Error(`${file} ${args.join(' ')} ended with ${result.code}\n${result.stderr || result.stdout}`)
}
