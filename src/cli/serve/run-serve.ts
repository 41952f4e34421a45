import type { Config } from '../../config/config.ts'
import { type Daemon, startDaemon } from '../../daemon.ts'
import { rtbridgeError, toRtbridgeError } from '../../domain/errors/registry.ts'
import { createLogger, type Logger } from '../../logging.ts'
import { type CommandContext, loadSettings } from '../context.ts'
import { aborted, untilStopped } from '../stop-signals.ts'
import { checkInstalled } from './check-installed.ts'
import { collectEarly } from './collect-early.ts'
import { createHumanLog } from './human-log.ts'

interface ServeOptions {
  readonly host?: string
  readonly port?: number
  readonly doorbell?: 'on' | 'off'
}

/** Time for clients to hear that they should come back, and for what waits to be sent. */
const stopWithinMs = 10_000

export async function runServe(context: CommandContext, options: ServeOptions): Promise<void> {
  const load = () =>
    loadSettings(context, {
      'hub.host': options.host,
      'hub.port': options.port,
      'database.doorbell': options.doorbell,
    })
  const loaded = load()
  const { config } = loaded
  const logger = createServeLogger(context, config)
  if (loaded.path === null) logger.info({ tried: loaded.tried }, 'no configuration file found')
  else logger.info({ path: loaded.path }, 'configuration read')
  for (const warning of loaded.warnings) logger.warn({ part: 'config', warning }, 'probably not meant')
  const onListening = (daemon: Daemon) => tellDashboard(context, daemon)
  const onHangUp = () => checkReload(load, logger)
  await untilStopped(signal => runHub(config, logger, { signal, onHangUp, onListening }))
}

interface HubRun {
  readonly signal: AbortSignal
  readonly onHangUp: () => void
  readonly onListening: (daemon: Daemon) => void
}

/** The link opens the hub to whoever has it, so it goes to somebody who sits at a terminal, and into no log file. */
function tellDashboard({ host, output }: CommandContext, daemon: Daemon): void {
  if (host.stderr.isTTY !== true || output.isJson) return
  const link = daemon.dashboardLink()
  if (link !== null) output.note(`dashboard (this link is good once, for ten minutes): ${link}`)
}

async function runHub(
  config: Config,
  logger: Logger,
  { signal, onHangUp, onListening }: HubRun,
): Promise<void> {
  process.on('SIGHUP', onHangUp)
  try {
    await serve(config, logger, { signal, onListening })
  } finally {
    process.off('SIGHUP', onHangUp)
  }
}

async function serve(
  config: Config,
  logger: Logger,
  { signal, onListening }: Omit<HubRun, 'onHangUp'>,
): Promise<void> {
  const checked = checkInstalled(config)
  // It is awaited below; if the port is taken that is what we end with.
  checked.catch(() => {})
  collectEarly()
  const daemon = await startDaemon({ config, logger })
  logger.info({ host: daemon.host, port: daemon.port, pid: process.pid }, 'listening')
  onListening(daemon)
  const reload = () => daemon.reloadCertificate()
  process.on('SIGHUP', reload)
  try {
    const away = await Promise.race([checked, aborted(signal)])
    if (away) logger.warn({ err: away }, 'the database does not answer yet; waiting for it')
    await aborted(signal)
    logger.info({ signal: signal.reason }, 'stopping')
  } finally {
    process.off('SIGHUP', reload)
    await closeInTime(daemon)
  }
  logger.info({}, 'stopped')
}

async function closeInTime(daemon: Daemon): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(rtbridgeError('RTB_SERVE_DEADLINE', { seconds: stopWithinMs / 1_000 })),
      stopWithinMs,
    )
  })
  try {
    await Promise.race([daemon.close(), late])
  } finally {
    clearTimeout(timer)
  }
}

/** The old configuration stays in effect until a restart, so a bad file does no harm now. */
function checkReload(load: () => { readonly path: string | null }, logger: Logger): void {
  try {
    const { path } = load()
    logger.info({ path }, 'the configuration is valid; restart to use it')
  } catch (error) {
    logger.error(
      { err: toRtbridgeError(error, 'the configuration') },
      'a restart would not accept the configuration',
    )
  }
}

function createServeLogger({ host, output }: CommandContext, config: Config): Logger {
  const { level } = config.log
  if (host.stderr.isTTY !== true || output.isJson) return createLogger(level)
  return createLogger(
    level,
    createHumanLog(line => void host.stderr.write(`${line}\n`), output.styleError),
  )
}
