import { openContender } from './contenders.js'
import { openCrowd } from './crowd.js'
import { startProgram } from './processes.js'

const trickle = new URL('../programs/trickle.js', import.meta.url).pathname

/** The table that `programs/trickle.js` writes to: where vehicles are. */
export const positions = {
  setUp: `CREATE TABLE positions (n bigint PRIMARY KEY, plate text NOT NULL, status text NOT NULL,
    latitude double precision, longitude double precision, note text, at timestamptz NOT NULL DEFAULT now())`,
  tables: { positions: 'n' },
}

/** Contenders with hub, clients and a writer each, all of them there from the beginning. */
export async function openStage(server, names, { clients, probes, profile, ...rest }) {
  const stage = new Map()
  for (const name of names) {
    const options = { ...positions, database: `${name}_${clients}`, profile, ...rest }
    const contender = await openContender(server, name, options)
    const crowd = await openCrowd(contender, clients, { probes })
    const { url, emits = false, sessions } = contender
    const writer = await startProgram(trickle, { url, emits, sessions })
    stage.set(name, { ...contender, crowd, writer })
  }
  return stage
}

/** Ends everything on it. */
export async function closeStage(stage) {
  for (const { hub, crowd, writer } of stage.values()) {
    await Promise.all([crowd.stop(), writer.stop()])
    await hub.stop()
  }
}
