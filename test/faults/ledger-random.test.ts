import { afterAll, expect, onTestFailed, test } from 'vitest'
import { startServer } from '../support/start-server.ts'
import { expectNothingLeft, readBaseline } from './ledger-leaks.ts'
import { play, registerAll, setStage } from './ledger-scenario.ts'
import { describeRuns, figuresOf, type RunFigures } from './ledger-summary.ts'
import { bringToRest, judge } from './ledger-verdict.ts'

const environment = process.env
const firstSeed = Number(environment['RTBRIDGE_TEST_SEED'] ?? Date.now() % 1_000_000)
const seedCount = Number(environment['RTBRIDGE_TEST_SEEDS'] ?? 1)
const firstChanges = Number(environment['RTBRIDGE_TEST_CHANGES'] ?? 15_000)
/** Each run is larger than the one before by this many changes. */
const growth = 4_000

const plan = Array.from({ length: seedCount }, (_, index) => ({
  seed: firstSeed + index,
  changes: firstChanges + index * growth,
}))
const server = await startServer()
const runs: RunFigures[] = []

test.each(plan)(
  'three hubs lose, double and tear nothing, whatever breaks (seed $seed, $changes changes)',
  {
    timeout: 900_000,
  },
  async ({ seed, changes }) => {
    console.info(`again: npm run test:faults -- --seed ${seed} --changes ${changes} ledger-random`)
    const before = performance.now()
    const stage = await setStage(server, seed)
    onTestFailed(() => console.info(stage.hubs.map(hub => hub.log.join('\n')).join('\n---\n')))
    const baseline = await readBaseline(stage)
    await registerAll(stage)
    const played = await play(stage, seed, changes)
    await bringToRest(stage, played)
    const verdict = judge(stage, played)
    const connections = stage.desks.reduce((sum, { desk }) => sum + desk.connections, 0)
    const seconds = (performance.now() - before) / 1_000
    const run = figuresOf(played, verdict, { seed, clients: stage.desks.length, connections, seconds })
    runs.push(run)
    console.info(describeRuns([run]))
    expect(verdict.problems).toEqual([])
    for (const { desk } of stage.desks) desk.cut()
    await expectNothingLeft(stage, baseline)
  },
)

afterAll(() => console.info(`in all: ${describeRuns(runs)}`))
