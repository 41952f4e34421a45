import type { SubscriptionSpec } from '../../domain/subscription.ts'
import type { Choice } from '../../expressions/choices.ts'
import type { EncodableEvent } from '../stream/encode-event.ts'
import type { CompiledSubscription, Match, Miss } from './subscription.ts'
import type { WhereTrial } from './where-filter.ts'

/** A subscription that some of its events are not for. */
export class NarrowSubscription implements CompiledSubscription {
  readonly digest: string
  readonly #wide: CompiledSubscription
  readonly #takes: (event: EncodableEvent) => boolean

  /**
   * @param digest what selects the same under the same id has the same
   * @param takes whether an event may be for it
   */
  constructor(wide: CompiledSubscription, digest: string, takes: (event: EncodableEvent) => boolean) {
    this.#wide = wide
    this.digest = digest
    this.#takes = takes
  }

  get spec(): SubscriptionSpec {
    return this.#wide.spec
  }

  get choices(): readonly Choice[] {
    return this.#wide.choices
  }

  match(event: EncodableEvent, trial: WhereTrial): Match | null {
    return this.#takes(event) ? this.#wide.match(event, trial) : null
  }

  missedBy(event: EncodableEvent, trial: WhereTrial): Miss | null {
    return this.#wide.missedBy(event, trial)
  }
}
