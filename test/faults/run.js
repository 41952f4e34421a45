// Runs everything in test/faults, thoroughly: `npm run test:faults -- [--seeds N] [--seed X] [--changes C] [file …]`.
// --seeds    runs of the random scenario, each larger than the one before; 20 commit more than a million changes
// --seed     the first seed, to play a run again; default random, printed
// --changes  changes of the first run at least, as a failed run prints it
// file       part of a file's name, to run only those
import { spawn } from 'node:child_process'
import { parseArgs } from 'node:util'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seeds: { type: 'string' },
    seed: { type: 'string' },
    changes: { type: 'string' },
  },
})
const seeds = values.seeds ?? (values.seed === undefined ? '3' : '1')

const settings = {
  RTBRIDGE_TEST_SEEDS: seeds,
  RTBRIDGE_TEST_SEED: values.seed,
  RTBRIDGE_TEST_CHANGES: values.changes,
  // Of the crashes after which transaction ids are handed out again.
  RTBRIDGE_TEST_ROUNDS: '200',
  // What property tests try, as a multiple of what `npm test` does.
  RTBRIDGE_TEST_EFFORT: '10',
  // Crowds and transactions in the size of the promise.
  RTBRIDGE_TEST_FULL_SIZE: '1',
}
const given = Object.fromEntries(
  Object.entries(settings).filter(([name, value]) => value && !process.env[name]),
)
const files = positionals.length === 0 ? [''] : positionals
const filters = files.map(file => `test/faults/${file}`)
const vitest = spawn('npx', ['--no-install', 'vitest', 'run', ...filters], {
  stdio: 'inherit',
  env: { ...process.env, ...given },
})
vitest.once('exit', (code, signal) => {
  process.exitCode = signal === null ? (code ?? 1) : 1
})
