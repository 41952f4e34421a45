/** What a custom event is addressed to. */
export interface SendOptions {
  /** Only to members of this room. */
  readonly room?: string | undefined
}
