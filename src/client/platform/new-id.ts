import type { Environment } from './environment.ts'

/** A name that nobody else has; `crypto.randomUUID` is missing on pages without TLS, which is what a LAN has. */
export function newId({ random }: Pick<Environment, 'random'>): string {
  return [1, 2, 3].map(() => random().toString(36).slice(2, 12)).join('')
}
