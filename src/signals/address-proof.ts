import { createHmac, timingSafeEqual } from 'node:crypto'
import type { AnnouncedAddress } from '../domain/signal-bus.ts'

/**
 * The address of a hub as it announces it, with a proof that only a hub of this installation can make: clients show their
 * tokens at the addresses they are told, and anybody in the database may put something on the bus.
 *
 * @param secret known to whoever may read `rtbridge.installation`
 */
export function proveAddress(
  hubId: string,
  address: Pick<AnnouncedAddress, 'url' | 'machine'>,
  secret: string,
): AnnouncedAddress {
  return { ...address, proof: proofOf(hubId, address, secret) }
}

/** Whether a hub of this installation announced the address. */
export function isProven(hubId: string, address: AnnouncedAddress, secret: string): boolean {
  const [given, wanted] = [address.proof, proofOf(hubId, address, secret)].map(proof => Buffer.from(proof))
  return (
    given !== undefined &&
    wanted !== undefined &&
    given.length === wanted.length &&
    timingSafeEqual(given, wanted)
  )
}

function proofOf(
  hubId: string,
  { url, machine }: Pick<AnnouncedAddress, 'url' | 'machine'>,
  secret: string,
): string {
  return createHmac('sha256', secret)
    .update(JSON.stringify([hubId, url, machine]))
    .digest('base64url')
}
