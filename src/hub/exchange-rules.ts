import type { Identity } from '../access/identity.ts'
import { closeCodes } from '../protocol/close-codes.ts'
import type { Connection } from './connections/connection.ts'
import { rightsOf } from './connections/sign-in.ts'
import type { HubContext } from './context.ts'
import { recheckRooms } from './rooms/recheck-rooms.ts'

export interface RulesExchange {
  /** Puts the new rules in force, within this tick. */
  readonly swap: () => void
  /** Whether what an identity was made from says something else now. */
  readonly hasChanged: (identity: Identity) => boolean
}

/**
 * Exchanges rules under the connections. Before anything else leaves, those end whose sign-in is worth nothing any more
 * (4502), and those that may see or do other things than before (4005): what waits for them was chosen by the old rules, and
 * with their cursor they go on where they are. Everybody else goes on, and is asked for his rooms again.
 */
export function exchangeRules(
  context: HubContext<Connection>,
  connections: readonly Connection[],
  { swap, hasChanged }: RulesExchange,
): void {
  const before = connections.flatMap(connection => {
    const { identity } = connection.session
    return identity === null ? [] : [{ connection, identity, rights: rightsOf(context.access, identity) }]
  })
  swap()
  for (const { connection, identity, rights } of before) {
    connection.session.checkRevoked()
    if (hasChanged(identity) || rightsOf(context.access, identity) !== rights) {
      connection.dismiss(closeCodes.identityChanged, 'what may be seen has changed')
    } else {
      recheckRooms(connection).catch(error => context.onError(error, 'rooms'))
    }
  }
}
