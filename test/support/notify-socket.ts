import { spawn, spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { waitFor } from './wait-for.ts'

/** systemd's end of the notification protocol. */
export interface NotifySocket {
  /** For `NOTIFY_SOCKET`. */
  readonly path: string
  /** Messages so far, each with its lines. */
  readonly messages: readonly string[]
  /** Waits for a message that has this line; gives the message. */
  told(line: string | RegExp): Promise<string>
}

/** Node cannot open a datagram socket of this kind: the other end is Python's. Lines of a message are joined by tabs. */
const receiver = `
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print('open', flush=True)
while True:
    message = s.recv(65536).decode()
    if not message.startswith('BARRIER='): print(message.strip().replace('\\n', '\\t'), flush=True)
`

/** Why the notification protocol cannot be tried here; null when it can. */
export function notifyToolsMissing(): string | null {
  const isThere = (program: string) => spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0
  if (!isThere('systemd-notify')) return 'systemd-notify is not installed (apt-get install systemd)'
  return isThere('python3') ? null : 'python3 is not installed'
}

/** Opens a socket that systemd-notify can write to; closed after the test. */
export async function openNotifySocket(): Promise<NotifySocket> {
  const folder = await mkdtemp(join(tmpdir(), 'rtbridge-notify-'))
  const path = join(folder, 'notify')
  const child = spawn('python3', ['-c', receiver, path], { stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  child.stdout.on('data', chunk => {
    text += chunk
  })
  const ended = new Promise(resolve => child.once('close', resolve))
  onTestFinished(async () => {
    child.kill()
    await ended
    await rm(folder, { recursive: true, force: true })
  })
  await waitFor(() => text.startsWith('open\n'))
  const messages = () => text.split('\n').slice(1, -1)
  return {
    path,
    get messages() {
      return messages()
    },
    async told(line) {
      const find = () =>
        messages().find(message =>
          message.split('\t').some(each => (typeof line === 'string' ? each === line : line.test(each))),
        )
      await waitFor(() => find() !== undefined, {
        message: () => `systemd was told ${line}; it was told:\n${text}`,
      })
      return find() ?? ''
    },
  }
}
