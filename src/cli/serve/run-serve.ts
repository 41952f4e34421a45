import { setTimeout as pause } from 'node:timers/promises'
import type { Config } from '../../config/config.ts'
import { type Daemon, startDaemon } from '../../daemon.ts'
import { rtbridgeError } from '../../domain/errors/registry.ts'
import { createLogger, type Logger } from '../../logging.ts'
import { hubAddress } from '../../operations/daemon-status.ts'
import { describeService } from '../../operations/describe-service.ts'
import { ServiceNotifier } from '../../operations/service-notifier.ts'
import { type CommandContext, loadSettings } from '../context.ts'
import { aborted, untilStopped } from '../stop-signals.ts'
import { checkInstalled } from './check-installed.ts'
import { collectEarly } from './collect-early.ts'
import { createHumanLog } from './human-log.ts'
import { type ReloadOptions, reloadHub } from './reload-hub.ts'
import { createUninstalledWarning } from './warn-of-uninstalled.ts'

interface ServeOptions {
  readonly host?: string
  readonly port?: number
  readonly doorbell?: 'on' | 'off'
}

/** Time for clients to hear that they should come back, and for what waits to be sent. */
const stopWithinMs = 10_000
/** A service counts as started when it listens and its database was asked, which need not answer longer than this. */
const readyWithinMs = 5_000

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
  const notifier = new ServiceNotifier({
    env: context.host.env,
    pid: process.pid,
    onError: error => logger.warn({ part: 'service', err: error }, 'systemd cannot be told how the hub is'),
  })
  const reload = { started: loaded, load, logger, onTaken: createUninstalledWarning(logger) }
  const onListening = (daemon: Daemon) => tellDashboard(context, daemon)
  await untilStopped(signal => runHub({ config, logger, notifier, reload, onListening }, signal))
}

/** The link opens the hub to whoever has it, so it goes to somebody who sits at a terminal, and into no log file. */
function tellDashboard({ host, output }: CommandContext, daemon: Daemon): void {
  if (host.stderr.isTTY !== true || output.isJson) return
  const link = daemon.dashboardLink()
  if (link !== null) output.note(`dashboard (this link is good once, for ten minutes): ${link}`)
}

interface Service {
  readonly config: Config
  readonly logger: Logger
  readonly notifier: ServiceNotifier
  readonly reload: ReloadOptions
  readonly onListening: (daemon: Daemon) => void
}

async function runHub(service: Service, signal: AbortSignal): Promise<void> {
  const { notifier, reload, onListening } = service
  let daemon: Daemon | null = null
  // One after the other, and of many only the last: it reads the files as they are then.
  let reloads = Promise.resolve()
  let isAwaited = false
  const onHangUp = () => {
    if (isAwaited) return
    isAwaited = true
    reloads = reloads.then(async () => {
      isAwaited = false
      if (daemon === null || signal.aborted) return
      notifier.reloading()
      await reloadHub(daemon, reload)
      notifier.reloaded()
    })
  }
  process.on('SIGHUP', onHangUp)
  try {
    await serve(service, signal, started => {
      daemon = started
      onListening(started)
    })
  } finally {
    process.off('SIGHUP', onHangUp)
    await notifier.close()
  }
}

async function serve(
  { config, logger, notifier, reload }: Service,
  signal: AbortSignal,
  onStart: (daemon: Daemon) => void,
): Promise<void> {
  const checked = checkInstalled(config)
  // It is awaited below; if the port is taken that is what we end with.
  checked.catch(() => {})
  collectEarly()
  const onState = () => notifier.changed()
  const daemon = await startDaemon({ config, logger, source: reload.started, onState })
  logger.info({ host: daemon.host, port: daemon.port, pid: process.pid }, 'listening')
  onStart(daemon)
  try {
    await Promise.race([checked, aborted(signal), pause(readyWithinMs, undefined, { ref: false })])
    if (!signal.aborted) notifier.ready(() => describeService(daemon.status(), hubAddress(daemon)))
    const away = await Promise.race([checked, aborted(signal)])
    if (away) logger.warn({ err: away }, 'the database does not answer yet; waiting for it')
    await aborted(signal)
    logger.info({ signal: signal.reason }, 'stopping')
    notifier.stopping()
  } finally {
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

function createServeLogger({ host, output }: CommandContext, config: Config): Logger {
  const { level } = config.log
  if (host.stderr.isTTY !== true || output.isJson) return createLogger(level)
  return createLogger(
    level,
    createHumanLog(line => void host.stderr.write(`${line}\n`), output.styleError),
  )
}
