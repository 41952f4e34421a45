import { processHost } from './host.ts'
import { runProgram } from './run-program.ts'

for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    // Whoever read us, such as `head`, has seen enough.
    if (error.code === 'EPIPE') process.exit()
    throw error
  })
}

process.exitCode = await runProgram(process.argv.slice(2), processHost())
