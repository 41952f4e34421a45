/** Ends a wait early: by the bell, by new circumstances, or by closing. */
export class WakeSignal {
  #rung = false
  #nudged = false
  #wake: (() => void) | null = null
  /** Ends the wait under way. */
  #end: (() => void) | null = null
  #timer: NodeJS.Timeout | null = null
  #timerMs = 0

  /** The bell rang since the last {@link takeRung}. */
  ring(): void {
    this.#rung = true
    this.#wake?.()
  }

  /** Ends a wait without the bell having rung: this one, or the next if nobody waits. */
  nudge(): void {
    this.#nudged = true
    this.#wake?.()
  }

  /** Tells whether the bell rang, and forgets it. */
  takeRung(): boolean {
    const rung = this.#rung
    this.#rung = false
    return rung
  }

  /**
   * Waits for the bell, a nudge, or the time.
   * @param ignoreBell a pause between reads is not cut short by the bell
   */
  async wait(limitMs: number, ignoreBell = false): Promise<void> {
    const heard = !ignoreBell && (this.#rung || this.#nudged)
    if (!ignoreBell) this.#nudged = false
    if (limitMs <= 0 || heard) return
    await new Promise<void>(resolve => {
      this.#end = resolve
      this.#wake = ignoreBell ? null : resolve
      this.#start(limitMs)
    })
    this.#end = null
    this.#wake = null
    if (!ignoreBell) this.#nudged = false
  }

  /** What was not needed is used again: to end a timer and to make one takes longer than the rest of a wait. */
  #start(limitMs: number): void {
    if (this.#timer !== null && this.#timerMs === limitMs) {
      this.#timer.refresh()
      return
    }
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timerMs = limitMs
    this.#timer = setTimeout(() => this.#end?.(), limitMs).unref()
  }
}
