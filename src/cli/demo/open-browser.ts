import { spawn } from 'node:child_process'
import type { Host } from '../host.ts'

/** What opens a page in the browser of the desktop; null where nobody sits before one. */
export function browserCommand(
  url: string,
  { env, platform }: { readonly env: Host['env']; readonly platform: NodeJS.Platform },
): readonly [program: string, ...args: string[]] | null {
  // Over SSH the desktop would be that of somebody else, or none.
  if (env['SSH_CONNECTION'] || env['SSH_TTY']) return null
  if (platform === 'darwin') return ['open', url]
  // The first quoted word is the title of a window.
  if (platform === 'win32') return ['cmd', '/d', '/c', 'start', '""', `"${url}"`]
  return env['DISPLAY'] || env['WAYLAND_DISPLAY'] ? ['xdg-open', url] : null
}

/**
 * Opens a page in the browser of whoever sits at this terminal, if somebody does. A browser that does not start is no
 * error: the address was printed.
 * @returns whether it was tried
 */
export function openBrowser(url: string, { env, stdout }: Pick<Host, 'env' | 'stdout'>): boolean {
  const command = stdout.isTTY === true ? browserCommand(url, { env, platform: process.platform }) : null
  if (command === null) return false
  const [program, ...args] = command
  // In a group of its own: Ctrl-C ends the demo, and not the browser.
  const child = spawn(program, args, {
    env: { ...env },
    stdio: 'ignore',
    detached: true,
    windowsVerbatimArguments: true,
  })
  child.once('error', () => {})
  child.unref()
  return true
}
