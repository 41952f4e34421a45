import { rtbridgeError } from '../domain/errors/registry.ts'
import type { TokenBucket } from '../domain/token-bucket.ts'
import type { Counters } from './counters.ts'
import type { HubLimits } from './limits.ts'

/** What bounds the signals of one sender. */
export type SignalLimits = Pick<HubLimits, 'signalsPerSecond' | 'signalBurst' | 'signalBytes'>

/**
 * Checks a signal against the rate of its sender and the size of any, and counts what is refused.
 * @param data JSON text
 * @throws RTB_SIGNAL_RATE RTB_SIGNAL_SIZE
 */
export function checkSignal(
  data: string,
  { bucket, now }: { readonly bucket: TokenBucket; readonly now: number },
  { limits, counters }: { readonly limits: SignalLimits; readonly counters: Counters },
): void {
  const { signalsPerSecond: perSecond, signalBytes: limit } = limits
  const retryMs = bucket.take(1, now)
  if (retryMs === 0 && Buffer.byteLength(data) <= limit) return
  counters.signalsRefused++
  throw retryMs > 0
    ? rtbridgeError('RTB_SIGNAL_RATE', { perSecond, retryMs })
    : rtbridgeError('RTB_SIGNAL_SIZE', { limit })
}
