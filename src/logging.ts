import { type DestinationStream, type Logger, pino } from 'pino'

export type { Logger } from 'pino'

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

/**
 * The one logger; parts of the program use `child({ part: 'capture' })`. JSON lines, as journald and every collector
 * read them. Row data never goes above `trace`; secrets never go in.
 *
 * @param destination where lines go; default standard error, because standard output is for data
 */
export function createLogger(
  level: LogLevel,
  destination: DestinationStream = openLogDestination(2),
): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: label => ({ level: label }) },
      serializers: { err: describeError },
      redact: { paths: ['url', '*.url', 'token', '*.token', 'password', '*.password'], censor: '[redacted]' },
    },
    destination,
  )
}

/** Lines that could not be written yet are kept up to this many bytes; then they are lost. */
const maxWaitingBytes = 1_048_576

/**
 * Where log lines are written at once. A full disk costs lines and nothing else: what waits is bounded, and is written
 * with the next line when there is space again.
 * @param target a file, or the number of an open one
 */
export function openLogDestination(target: string | number) {
  const destination = pino.destination({ dest: target, sync: true, maxLength: maxWaitingBytes })
  // Unhandled, it would be thrown at whoever logs, and leave the hub half dead.
  destination.on('error', () => {})
  return destination
}

/** What a log line says of an error: code, text and hint, and what lies beneath; no values of rows. */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return { message: String(error) }
  const { code, hint } = error as { code?: string; hint?: string }
  const unexpected = code === undefined || code === 'RTB_INTERNAL'
  return {
    code,
    message: error.message,
    hint,
    cause: error.cause === undefined ? undefined : describeError(error.cause),
    stack: unexpected ? error.stack : undefined,
  }
}
