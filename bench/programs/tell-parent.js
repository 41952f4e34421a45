/** What the benchmark asked for: the only argument, as JSON. */
export const asked = JSON.parse(process.argv[2] ?? 'null')

/** Tells the benchmark something. */
export function tell(message) {
  process.send(message)
}

/** Answers what the benchmark asks from now on, and ends with it. */
export function serve(answer) {
  process.on('message', async message => {
    try {
      tell(await answer(message))
    } catch (error) {
      tell({ failed: error.stack })
    }
  })
}

process.on('disconnect', () => process.exit(0))
