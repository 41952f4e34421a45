import { fork } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

const running = new Set()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/**
 * Starts one of our programs in a process of its own, as users run them.
 *
 * @param path the program
 * @param args what it gets as its only argument, as JSON
 * @returns after it has sent its first message
 */
export async function startProgram(path, args, { execArgv = [] } = {}) {
  const child = launch(path, [JSON.stringify(args)], { execArgv, serialization: 'advanced' })
  return { ...handle(child), ready: await answer(child) }
}

/** Starts a Node program and watches over its end. */
export function launch(path, args, options) {
  const child = fork(path, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], ...options })
  running.add(child)
  child.once('exit', () => running.delete(child))
  return child
}

/** What is known of a process from outside, and its end. */
export function handle(child) {
  return {
    pid: child.pid,
    memory: () => memoryOf(child.pid),
    cpuSeconds: () => cpuSecondsOf(child.pid),
    /** Sends a message and waits for the answer to it. */
    ask(message) {
      child.send(message)
      return answer(child)
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = new Promise(resolve => child.once('exit', resolve))
      child.kill('SIGTERM')
      const cut = setTimeout(() => child.kill('SIGKILL'), 20_000)
      await ended
      clearTimeout(cut)
    },
  }
}

/** The next message of a process. @throws when it ends first, or says that something failed */
function answer(child) {
  return new Promise((resolve, reject) => {
    const onExit = code => reject(new Error(`${child.spawnargs[1]} ended with ${code}`))
    child.once('exit', onExit)
    child.once('message', message => {
      child.off('exit', onExit)
      if (message?.failed === undefined) resolve(message)
      else reject(new Error(message.failed))
    })
  })
}

/** Resident memory now and at its highest, bytes. */
function memoryOf(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const kib = name => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1])
  return { resident: kib('VmRSS') * 1024, highest: kib('VmHWM') * 1024 }
}

/** Time of a processor that its threads have taken. @see https://docs.kernel.org/scheduler/sched-stats.html */
function cpuSecondsOf(pid) {
  const threads = readdirSync(`/proc/${pid}/task`)
  const nanoseconds = threads.map(thread => Number(readSchedule(pid, thread).split(' ')[0]))
  return nanoseconds.reduce((sum, each) => sum + each, 0) / 1e9
}

function readSchedule(pid, thread) {
  try {
    return readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8')
  } catch {
    // It has ended meanwhile.
    return '0'
  }
}
