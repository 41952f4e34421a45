/** By this an event that is sent again is known: the same key of the same sender is stored once within retention. */
export interface OnceKey {
  /** Names the sender among all of them. */
  readonly sender: string
  /** His own choice, 1 to 200 characters. */
  readonly key: string
}
