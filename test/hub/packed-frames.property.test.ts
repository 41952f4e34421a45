import fc from 'fast-check'
import { expect, test } from 'vitest'
import { packed } from '../../src/hub/stream/frames.ts'
import { webSocketFrame } from '../../src/hub/stream/web-socket-frame.ts'
import { framesIn } from './web-socket-frames.ts'

const mostBytes = 32 * 1_024
const lengths = fc.array(fc.oneof(fc.nat(300), fc.nat(20_000), fc.nat(80_000), fc.constant(mostBytes - 4)), {
  maxLength: 40,
})

test('frames put together are the same frames, in pieces as large as they may be, and none is cut', () => {
  fc.assert(
    fc.property(lengths, list => {
      const frames = list.map((length, n) => webSocketFrame(`${n}`.padEnd(length, 'x')))
      const packs = packed(frames)
      const inPacks = packs.map(framesIn)
      expect(inPacks.flat().map(frame => frame.toString('latin1'))).toEqual(
        frames.map(frame => frame.toString('latin1')),
      )
      for (const [n, pack] of packs.entries()) {
        const next = inPacks[n + 1]?.[0]
        if (next !== undefined) expect(pack.length + next.length).toBeGreaterThan(mostBytes)
        if (pack.length > mostBytes) expect(inPacks[n]).toHaveLength(1)
        // What stands alone is shared, not copied.
        if (inPacks[n]?.length === 1) expect(frames).toContain(pack)
      }
    }),
  )
})
