// What rtbridge costs and does, beside what one would take instead: in one run, in turn, as ratios.
//
//   npm run bench                              every case
//   npm run bench -- writers latency           these cases
//   npm run bench -- --quick                   small sizes; --full the whole
//   npm run bench -- fan-out --profile         and where the hubs spent their time, for Chrome's developer tools
//   npm run bench -- fan-out --size '{"fan-out":{"clients":[500]}}'   other sizes: see the cases
//   npm run bench -- writers --rounds 9        as many rounds
//   npm run bench -- --reference               keeps the report as the one that docs/performance.md shows
//
// Nothing here fails because a machine is slow.
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { describeMachine } from './support/machine.js'
import { writeReport } from './support/report.js'

const cases = [
  'writers',
  'latency',
  'steps',
  'fan-out',
  'row-size',
  'backlog',
  'resume-storm',
  'live-table',
  'matching',
  'connections',
  'daemon',
]
const { values: flags, positionals } = readArguments({
  allowPositionals: true,
  options: {
    help: { type: 'boolean', short: 'h', default: false },
    quick: { type: 'boolean', default: false },
    full: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    size: { type: 'string', default: '{}' },
    profile: { type: 'boolean', default: false },
    reference: { type: 'boolean', default: false },
  },
})
if (flags.help) {
  // What stands at the top of this file.
  const lines = readFileSync(new URL(import.meta.url), 'utf8').split('\n')
  const end = lines.findIndex(line => !line.startsWith('//'))
  console.log(
    lines
      .slice(0, end)
      .map(line => line.replace(/^\/\/ ?/, ''))
      .join('\n'),
  )
  console.log(`\nCases: ${cases.join(', ')}.`)
  process.exit(0)
}
const wanted = readSizes(flags.size)
const unknown = [...positionals, ...Object.keys(wanted)].filter(name => !cases.includes(name))
if (unknown.length > 0) refuse(`no case is called ${unknown.join(', ')}; there are: ${cases.join(', ')}`)
if (flags.rounds !== undefined && !/^[1-9]\d{0,3}$/.test(flags.rounds))
  refuse(`--rounds ${flags.rounds} is no number from 1 to 9999`)
// Hubs end with this process: they have no other parent.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(130))
const effort = flags.full ? 'full' : flags.quick ? 'quick' : 'standard'
const options = describeOptions()
const folder = new URL(`results/${flags.reference ? 'reference' : 'latest'}/`, import.meta.url)
const machine = describeMachine()
const results = []
for (const name of positionals.length > 0 ? positionals : cases) {
  const { title, sizes, run } = await import(`./cases/${name}.js`)
  const size = {
    ...sizes[effort],
    ...wanted[name],
    ...(flags.rounds === undefined ? {} : { rounds: Number(flags.rounds) }),
  }
  const start = performance.now()
  const log = line => console.error(`${name.padEnd(12)} ${line}`)
  const profile = flags.profile ? new URL(`profiles/${name}/`, folder).pathname : null
  // The others are worth having all the same.
  const result = await run({ size, log, profile }).catch(error => {
    log(error.stack)
    process.exitCode = 1
    return { tables: [], notes: [`This case failed: ${error.message}`] }
  })
  if (profile !== null) log(`profiles: ${profile}`)
  results.push({ name, title, size, ...result, tookSeconds: Math.round((performance.now() - start) / 1_000) })
  // What is done is kept, should a later case fail.
  await writeReport(folder, { effort, options, machine, results })
}
console.log(await writeReport(folder, { effort, options, machine, results }))
process.exit()

function readArguments(known) {
  try {
    return parseArgs(known)
  } catch (error) {
    return refuse(`${error.message.split('. ')[0]}; npm run bench -- --help tells what there is`)
  }
}

function readSizes(text) {
  try {
    return JSON.parse(text)
  } catch (error) {
    return refuse(`--size is no JSON: ${error.message}`)
  }
}

/** What was typed and bears on what is measured. */
function describeOptions() {
  const given = [
    effort === 'standard' ? '' : ` --${effort}`,
    flags.size === '{}' ? '' : ` --size '${flags.size}'`,
    flags.rounds === undefined ? '' : ` --rounds ${flags.rounds}`,
  ]
  return given.join('')
}

function refuse(problem) {
  console.error(problem)
  process.exit(2)
}
