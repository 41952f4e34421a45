import fc from 'fast-check'
import { expect, test } from 'vitest'
import { publicKeyOfPem } from '../../../src/access/jwt/verification-key.ts'
import { ecPair, fixedKeys, goodClaims, nowSeconds, outcome, sign, verifierOf } from './open-verifier.ts'

const ours = ecPair()
const theirs = ecPair()
const verify = verifierOf(fixedKeys({ ...publicKeyOfPem('pem', ours.publicPem), id: 'ours' }))
const tolerance = 30

/** A moment near now, or nothing. */
const moment = fc.option(fc.integer({ min: -60, max: 60 }), { nil: undefined })
const made = fc.record({
  isOurs: fc.oneof({ arbitrary: fc.constant(true), weight: 4 }, fc.boolean()),
  kid: fc.constantFrom(undefined, 'ours', 'ours', 'theirs'),
  iss: fc.constantFrom('https://issuer.test', 'https://issuer.test', 'https://issuer.test/', undefined),
  aud: fc.constantFrom('rtbridge', ['rtbridge', 'x'], ['x'], 'rt', undefined),
  sub: fc.constantFrom('amira', 'amira', 7, undefined, ''),
  exp: moment,
  nbf: moment,
  iat: moment,
})
type Made = typeof made extends fc.Arbitrary<infer Value> ? Value : never

/** What RFC 7519 and our settings say of it, as plainly as can be. */
function isGood({ isOurs, kid, iss, aud, sub, exp, nbf, iat }: Made): boolean {
  const isForUs = Array.isArray(aud) ? aud.includes('rtbridge') : aud === 'rtbridge'
  const isSigned = isOurs && kid !== 'theirs'
  const isInTime = exp !== undefined && exp > -tolerance && (nbf ?? 0) <= tolerance && (iat ?? 0) <= tolerance
  return isSigned && iss === 'https://issuer.test' && isForUs && isInTime && sub !== undefined && sub !== ''
}

test('a token is accepted exactly when everything about it is right', async () => {
  let accepted = 0
  await fc.assert(
    fc.asyncProperty(made, async token => {
      const at = (offset: number | undefined) => (offset === undefined ? undefined : nowSeconds + offset)
      const { iss, aud, sub, kid } = token
      const times = { exp: at(token.exp), nbf: at(token.nbf), iat: at(token.iat) }
      const claims = { ...goodClaims, iss, aud, sub, ...times } as never
      const header = { alg: 'ES256', ...(kid === undefined ? {} : { kid }) }
      const text = await sign(token.isOurs ? ours.privateKey : theirs.privateKey, header, claims)
      const isAccepted = (await outcome(verify(text))) === 'accepted'
      if (isAccepted) accepted++
      expect(isAccepted).toBe(isGood(token))
    }),
    { numRuns: 2_000 },
  )
  // An oracle that never says yes would prove nothing.
  expect(accepted).toBeGreaterThan(20)
})
