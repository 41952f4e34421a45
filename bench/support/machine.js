import { execFileSync } from 'node:child_process'
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { cpus, loadavg, release, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { median } from './statistics.js'

/** What the figures of a run depend on. */
export function describeMachine() {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
    flushMs: measureFlush(),
    load: loadavg()[0],
    commit: commit(),
  }
}

/** What it takes the disk to confirm 8 KiB, ms. */
function measureFlush() {
  const folder = mkdtempSync(join(tmpdir(), 'rtbridge-bench-'))
  const file = openSync(join(folder, 'flush'), 'w')
  const page = Buffer.alloc(8_192)
  const times = Array.from({ length: 100 }, () => {
    const start = performance.now()
    writeSync(file, page)
    fdatasyncSync(file)
    return performance.now() - start
  })
  closeSync(file)
  rmSync(folder, { recursive: true })
  return median(times)
}

function commit() {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim()
  } catch {
    return null
  }
}
