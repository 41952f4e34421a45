import { type EmbeddedServer, openEmbeddedServer } from '../../demo/embedded-server.ts'
import { createLogger } from '../../logging.ts'
import type { CommandContext } from '../context.ts'
import { createHumanLog } from '../serve/human-log.ts'
import { untilStopped } from '../stop-signals.ts'
import { Cleanup } from './cleanup.ts'
import { describeDemo } from './describe-demo.ts'
import { openBrowser } from './open-browser.ts'
import { databaseName, demoConfig, prepareDatabase } from './prepare-database.ts'
import { showEvents } from './show-events.ts'
import { startHubOnFreePort } from './start-hub.ts'
import { writeTraffic } from './write-traffic.ts'

interface DemoOptions {
  readonly port: number
  readonly dataDir?: string
  readonly rate: number
  readonly seed: number
  readonly duration?: number
  readonly open: boolean
}

export async function runDemo(context: CommandContext, options: DemoOptions): Promise<void> {
  const startedAt = performance.now()
  await untilStopped(
    async signal => {
      const cleanup = new Cleanup()
      try {
        await demonstrate(context, { options, signal, cleanup, startedAt })
      } catch (error) {
        // Whoever wanted it to end does not care what was cut short by that.
        if (!signal.aborted) throw error
      } finally {
        await cleanup.run()
      }
    },
    ['SIGINT', 'SIGTERM', 'SIGHUP'],
  )
  context.output.say('stopped; nothing is left running')
}

interface Demonstration {
  readonly options: DemoOptions
  readonly signal: AbortSignal
  readonly cleanup: Cleanup
  /** On the clock of `performance.now()`. */
  readonly startedAt: number
}

async function demonstrate(context: CommandContext, demo: Demonstration): Promise<void> {
  const { options, signal, cleanup, startedAt } = demo
  const { output } = context
  const server = await openServer(context, demo)
  output.say('- creating the sample database and installing triggers')
  const configFor = (port: number) => demoConfig(server, port, context.globals.logLevel ?? 'warn')
  const destinations = await prepareDatabase(server, configFor(options.port))
  signal.throwIfAborted()
  const daemon = await startHubOnFreePort(configFor, options.port, createDemoLogger(context))
  cleanup.add(() => daemon.close('the demo ends'))
  if (daemon.port !== options.port)
    output.warn(`port ${options.port} is taken, the hub is on port ${daemon.port}`)
  const url = `ws://127.0.0.1:${daemon.port}`
  const dashboard = daemon.dashboardLink()
  const database = server.url(databaseName)
  for (const line of describeDemo({ url, dashboard, database, cwd: context.host.cwd })) output.say(line)
  output.json({ version: 1, hub: url, dashboard, database, data_dir: server.dataDir })
  if (dashboard !== null && options.open && !context.globals.json) openBrowser(dashboard, context.host)

  const ending = new AbortController()
  const ends = [signal, ending.signal]
  if (options.duration !== undefined) ends.push(AbortSignal.timeout(options.duration * 1_000))
  const until = AbortSignal.any(ends)
  const { rate: ratePerSecond, seed } = options
  const traffic = (): Promise<void> =>
    writeTraffic({ config: configFor(daemon.port), signal: until, ratePerSecond, seed })
  try {
    await showEvents(context, { url, rooms: destinations, signal: until, startedAt, traffic })
  } finally {
    ending.abort()
  }
}

async function openServer({ output }: CommandContext, demo: Demonstration): Promise<EmbeddedServer> {
  const { dataDir } = demo.options
  const server = await openEmbeddedServer({
    ...(dataDir === undefined ? {} : { dataDir }),
    onProgress: step => output.say(`- ${step}`),
  })
  demo.cleanup.add(() => server.close())
  demo.signal.throwIfAborted()
  return server
}

function createDemoLogger({ host, output, globals }: CommandContext) {
  const write = (line: string) => void host.stderr.write(`${line}\n`)
  const level = globals.verbose ? 'debug' : ((globals.logLevel ?? 'warn') as 'warn')
  return createLogger(level, createHumanLog(write, output.styleError))
}
