import type { Identity } from '../access/identity.ts'
import type { OnceKey } from '../domain/once-key.ts'

/**
 * The key of an event that is to be stored once. It is the user's, whatever app or connection he sends with, so that nobody
 * can ask for the keys of another, or use them up. Where nobody signed in it is that of the name the sender gave himself,
 * which is worth as much as such a name.
 *
 * @param key undefined = the event is stored each time it is sent
 * @param unknown names the sender where there is no user
 */
export function onceKeyOf(
  { user, tenant }: Pick<Identity, 'user' | 'tenant'>,
  key: string | undefined,
  unknown: { readonly kind: 'client' | 'address'; readonly name: string },
): OnceKey | undefined {
  if (key === undefined) return undefined
  const { kind, name } = user === null ? unknown : { kind: 'user', name: user }
  return { sender: JSON.stringify([kind, tenant, name]), key }
}
