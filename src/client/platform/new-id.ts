import type { Environment } from './environment.ts'

/** A name that nobody else has; `crypto.randomUUID` is missing on pages without TLS, which is what a LAN has. */
export function newId({ random }: Pick<Environment, 'random'>): string {
  const digits = () => `${random()}`.slice(2)
  return digits() + digits()
}
