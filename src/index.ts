/** rtbridge as a library: start a hub inside another program. */
export { loadConfig } from './config/load-config.ts'
export { type Daemon, type DaemonOptions, type DaemonStatus, startDaemon } from './daemon.ts'
export { type ErrorCode, RtbridgeError } from './domain/errors/registry.ts'
export { createLogger, type Logger } from './logging.ts'
