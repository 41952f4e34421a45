/** What a notification of an existing `pg_notify` channel becomes. */
export interface BridgedNotification {
  readonly eventType: string
  /** JSON text. */
  readonly data: string
}

/** A notification that does not name its event. */
const defaultType = 'NOTIFICATION'

/**
 * A payload as an event without a row: a JSON object passes as it is and names its event in `event_type`, if it does;
 * any other JSON or text is put into `payload`. The channel is added, so that apps can tell them apart.
 */
export function bridgeNotification(channel: string, payload: string): BridgedNotification {
  const value = parseJson(payload)
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  const named = isObject ? (value as Record<string, unknown>)['event_type'] : undefined
  const content = isObject ? payload : value === undefined ? JSON.stringify(payload) : payload
  return {
    eventType: typeof named === 'string' && /^[A-Za-z][\w.:-]{0,99}$/.test(named) ? named : defaultType,
    data: `{"channel":${JSON.stringify(channel)},"payload":${content === '' ? '""' : content}}`,
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
