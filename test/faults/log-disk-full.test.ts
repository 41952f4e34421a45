import { existsSync } from 'node:fs'
import { expect, onTestFinished, test } from 'vitest'
import { createLogger, openLogDestination } from '../../src/logging.ts'

/** Linux has a file that answers every write as a full disk does. */
const fullDisk = '/dev/full'

test.skipIf(!existsSync(fullDisk))(
  'a full disk under the log is nothing to whoever logs, and what waits is bounded',
  async () => {
    const destination = openLogDestination(fullDisk)
    onTestFinished(() => destination.destroy())
    let dropped = 0
    destination.on('drop', () => {
      dropped++
    })
    const logger = createLogger('info', destination)
    for (let line = 0; line < 2_000; line++) logger.info({ text: 'x'.repeat(1_000) }, 'written in vain')
    expect(dropped).toBeGreaterThan(500)
  },
)
