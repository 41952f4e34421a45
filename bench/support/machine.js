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
    memoryNs: measureMemory(),
    emptyProgramMs: median(Array.from({ length: 5 }, measureEmptyProgram)),
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

/** What it takes memory to answer, ns: reads of 256 MiB, each of which says where the next one is. */
function measureMemory() {
  const cells = new Int32Array(64 * 2 ** 20)
  for (let at = 0; at < cells.length; at++) cells[at] = (at * 7_919 + 13) % cells.length
  const reads = 2_000_000
  let at = 0
  const start = performance.now()
  for (let nth = 0; nth < reads; nth++) at = cells[at]
  return ((performance.now() - start) * 1e6) / reads
}

/** What it takes to start and end a program of Node that does nothing, ms. */
export function measureEmptyProgram() {
  const start = performance.now()
  execFileSync(process.execPath, ['--eval', '0'])
  return performance.now() - start
}

function commit() {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim()
  } catch {
    return null
  }
}
