import type { Page } from 'playwright-core'
import { onTestFinished } from 'vitest'

interface ProcessInfo {
  readonly type: string
  readonly id: number
}

/**
 * Stops what runs the pages of a browser, and its network, as a laptop does that is closed: no timer runs, no frame is read.
 * @returns wakes it up; called after the test in any case
 */
export async function sleepAsALaptop(page: Page): Promise<() => void> {
  const browser = page.context().browser()
  if (browser === null) throw new Error('the page is of no browser that can be asked')
  const session = await browser.newBrowserCDPSession()
  const { processInfo } = (await session.send('SystemInfo.getProcessInfo')) as {
    readonly processInfo: readonly ProcessInfo[]
  }
  const stopped = processInfo.filter(({ type }) => type === 'renderer' || type.startsWith('network'))
  const send = (signal: NodeJS.Signals) => {
    for (const { id } of stopped) process.kill(id, signal)
  }
  let isAsleep = true
  const wake = () => {
    if (isAsleep) send('SIGCONT')
    isAsleep = false
  }
  send('SIGSTOP')
  onTestFinished(wake)
  return wake
}
