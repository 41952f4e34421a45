/**
 * A line of a result, of a plan or of `\d` that names a trigger, a row function or the doorbell's lock, or what this suite
 * adds itself. Messages begin otherwise.
 */
const ours =
  /^ .*(?:!rtbridge_|\bcapture_\d+_(?:insert|update|delete)\b|\b1920229746\b|!capture_everything\b|\bchanged_by_ddl\b)/

const rowCount = /^\((\d+) rows?\)$/

/**
 * Takes out of a test's output what every look at a table with triggers shows: the lines above, with the row counts
 * that include them and the heading of `\d` when no other trigger stands under it. Columns lose their width, which
 * psql takes from the longest value. All else is left to the list of explained differences.
 */
export function normalise(text) {
  const kept = []
  let removed = 0
  for (const line of text.split('\n')) {
    const count = rowCount.exec(line)
    if (ours.test(line)) removed += 1
    else if (count !== null) {
      kept.push(rows(Number(count[1]) - removed))
      removed = 0
    } else {
      // A listing that ends without a count, as that of \d does.
      if (line === '') removed = 0
      kept.push(line.replace(/ {2,}/g, ' ').replace(/-{3,}/g, '---').trimEnd())
    }
  }
  return kept.filter((line, at) => line !== 'Triggers:' || /^ \S/.test(kept[at + 1] ?? '')).join('\n')
}

function rows(count) {
  return count === 1 ? '(1 row)' : `(${count} rows)`
}
