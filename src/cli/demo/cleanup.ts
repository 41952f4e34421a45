/** What has to be undone at the end, whatever happens in between. */
export class Cleanup {
  readonly #steps: (() => Promise<unknown>)[] = []

  /** Remembers how to undo what was just done. */
  add(step: () => Promise<unknown>): void {
    this.#steps.push(step)
  }

  /**
   * Undoes everything, last done first. A step that fails does not keep the others from running.
   * @throws the first failure
   */
  async run(): Promise<void> {
    const failures: unknown[] = []
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      await step().catch(error => failures.push(error))
    }
    if (failures.length > 0) throw failures[0]
  }
}
