import { hash } from 'node:crypto'

/** What stands for a text where it is only asked whether two are the same: 43 characters, however long the text. */
export function digestOf(text: string): string {
  return hash('sha256', text, 'base64url')
}
