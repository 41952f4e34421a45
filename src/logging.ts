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
export function createLogger(level: LogLevel, destination: DestinationStream = pino.destination(2)): Logger {
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
