import type { Signal, SignalBus } from '../domain/signal-bus.ts'

/** A bus for one hub: what is published arrives before `publish` returns. */
export function createLocalSignalBus(): SignalBus {
  const receivers = new Set<(signal: Signal) => void>()
  return {
    async publish(signal) {
      for (const receive of receivers) receive(signal)
    },
    subscribe(receive) {
      receivers.add(receive)
      return () => receivers.delete(receive)
    },
  }
}
