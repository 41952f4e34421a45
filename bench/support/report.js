import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { renderPlot } from './plot.js'

/**
 * Writes what a run found: `report.json` with everything, `report.md` for people, and the plots.
 * @returns the text of `report.md`
 */
export async function writeReport(folder, run) {
  await mkdir(folder, { recursive: true })
  const plots = run.results.flatMap(({ plots = [] }) => plots)
  // Those of an earlier run with other cases would look as if they were of this one.
  for (const file of await readdir(folder)) if (file.endsWith('.svg')) await rm(new URL(file, folder))
  for (const plot of plots) await writeFile(new URL(`${plot.name}.svg`, folder), renderPlot(plot))
  await writeFile(new URL('report.json', folder), `${JSON.stringify(run, null, 2)}\n`)
  const text = renderReport(run)
  await writeFile(new URL('report.md', folder), text)
  return text
}

function renderReport({ effort, options = '', machine, results }) {
  const targets = results.flatMap(({ name, targets = [] }) => targets.map(target => ({ name, ...target })))
  return `${[
    '# What was measured',
    describe(machine),
    ...(targets.length === 0 ? [] : [table(targetColumns, targets.map(targetRow(options, effort)))]),
    ...results.flatMap(section),
  ].join('\n\n')}\n`
}

const targetColumns = ['what', 'asked', 'measured', 'reached', 'command']

/**
 * @param options those of the run, as they were typed
 * @param effort small sizes decide nothing
 */
function targetRow(options, effort) {
  return ({ name, what, asked, measured, reached }) => [
    what,
    asked,
    measured,
    effort === 'quick' ? 'not judged' : reached ? 'yes' : 'no',
    `\`npm run bench -- ${name}${options}\``,
  ]
}

function describe({ cpu, cores, memoryGiB, kernel, node, flushMs, memoryNs, emptyProgramMs, load }) {
  return (
    `${cpu}, ${cores} cores shared by PostgreSQL, hubs, clients and writers, ${memoryGiB} GiB, Linux ${kernel}, Node ${node}; ` +
    `the disk confirms 8 KiB in ${flushMs.toFixed(2)} ms, memory answers in ${Math.round(memoryNs)} ns, ` +
    `a program of Node that does nothing takes ${Math.round(emptyProgramMs)} ms; load before the run ${load.toFixed(1)}.`
  )
}

function section({ title, tables, plots = [], notes = [] }) {
  return [
    `## ${title}`,
    ...tables.flatMap(({ caption, columns, rows }) => [caption, table(columns, rows)]),
    ...plots.map(({ name, title: of }) => `![${of}](${name}.svg)`),
    ...notes,
  ]
}

function table(columns, rows) {
  const line = cells => `| ${cells.join(' | ')} |`
  return [line(columns), `|${columns.map(() => '---|').join('')}`, ...rows.map(line)].join('\n')
}
