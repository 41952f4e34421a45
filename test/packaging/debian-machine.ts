import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { waitFor } from '../support/wait-for.ts'
import { isThere } from './build-deb.ts'

const run = promisify(execFile)
const bootScript = fileURLToPath(new URL('boot-debian.sh', import.meta.url))
const release = 'trixie'
/** Where its packages come from. */
export const debianMirror = process.env['RTBRIDGE_TEST_DEBIAN_MIRROR'] ?? 'http://deb.debian.org/debian'
/** Nothing of the environment of the tests belongs to the other machine. */
const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8', DEBIAN_FRONTEND: 'noninteractive' }

/** Why a Debian of one's own cannot be had here; null when it can. */
export async function findDebianRefusal(): Promise<string | null> {
  if (process.getuid?.() !== 0) return 'only as root'
  const missing = ['debootstrap', 'unshare', 'nsenter', 'ip'].filter(program => !isThere(program))
  if (missing.length > 0) return `without ${missing.join(', ')}`
  if (!/ cgroup2 rw/.test(readFileSync('/proc/mounts', 'utf8'))) return 'without a cgroup2 to write to'
  const answer = await fetch(`${debianMirror}/dists/${release}/Release`, { method: 'HEAD' }).catch(() => null)
  return answer?.ok === true ? null : `${debianMirror} does not answer`
}

/** Unpacks a minimal Debian into a folder. */
export async function unpackDebian(root: string): Promise<void> {
  await run('debootstrap', ['--variant=minbase', release, root, debianMirror], { env, maxBuffer: 10_000_000 })
  await writeFile(join(root, 'etc/hostname'), 'office\n')
  await writeFile(join(root, 'etc/hosts'), '127.0.0.1 localhost office\n')
}

/** Runs a script in an unpacked Debian that is not started, as `dpkg` in a chroot; what is mounted goes with it. */
export async function runInChroot(root: string, script: string): Promise<string> {
  const inside = `mount -t proc proc "$1/proc"; exec chroot "$1" sh -euc "$2" 2>&1`
  const args = ['--mount', '--pid', '--fork', '--kill-child', 'sh', '-euc', inside, 'sh', root, script]
  return (await run('unshare', args, { env, maxBuffer: 10_000_000 }).catch(sayWhat)).stdout
}

/** A Debian that is run by its own systemd. */
export interface DebianMachine {
  /** Runs a script as root; what it says, on both outputs. */
  run(script: string): Promise<string>
  close(): Promise<void>
}

/** Starts an unpacked Debian. */
export async function bootDebian(root: string): Promise<DebianMachine> {
  const pidFile = `${root}.pid`
  const child = spawn('sh', [bootScript, root, pidFile], { env, stdio: ['pipe', 'ignore', 'pipe'] })
  const ended = once(child, 'close')
  let said = ''
  child.stderr.on('data', chunk => {
    said += chunk
  })
  const close = async () => {
    child.stdin.end()
    await ended
  }
  try {
    await waitFor(() => existsSync(pidFile), { timeoutMs: 20_000, message: () => said })
    const pid = (await readFile(pidFile, 'utf8')).trim()
    const enter = ['-t', pid, '-m', '-p', '-n', '-u', '-i', '-C', 'bash', '-euo', 'pipefail', '-c']
    const machine = {
      close,
      run: async (script: string) => {
        const options = { env, cwd: '/', maxBuffer: 10_000_000 }
        const done = run('nsenter', [...enter, `cd /; exec 2>&1\n${script}`], options)
        return (await done.catch(sayWhat)).stdout
      },
    }
    let state = ''
    const hasStarted = async () => {
      state = await machine.run('systemctl is-system-running || systemctl list-jobs').catch(String)
      return /^(running|degraded)/.test(state)
    }
    await waitFor(hasStarted, { timeoutMs: 240_000, intervalMs: 500, message: () => state })
    return machine
  } catch (error) {
    await close()
    throw new Error(`${root} did not start: ${said}`, { cause: error })
  }
}

function sayWhat(error: Error & { readonly stdout?: string }): never {
  throw new Error(`${error.message}\n${error.stdout?.slice(-5000)}`)
}
