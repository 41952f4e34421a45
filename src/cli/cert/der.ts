/** The little of DER that name constraints take. @see https://www.itu.int/rec/T-REC-X.690 */

/** A value with its tag and length. */
export function encode(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const body = Buffer.concat(parts)
  return Buffer.concat([Buffer.from([tag, ...lengthBytes(body.length)]), body])
}

/** The values that stand one after the other. @throws RangeError for what is cut short */
export function decode(bytes: Uint8Array): { readonly tag: number; readonly body: Uint8Array }[] {
  const values: { tag: number; body: Uint8Array }[] = []
  for (let at = 0; at < bytes.length; ) {
    const tag = byteAt(bytes, at++)
    let length = byteAt(bytes, at++)
    if (length >= 0x80) {
      const size = length & 0x7f
      length = 0
      for (let i = 0; i < size; i++) length = length * 256 + byteAt(bytes, at++)
    }
    if (at + length > bytes.length) throw new RangeError('the value is cut short')
    values.push({ tag, body: bytes.subarray(at, at + length) })
    at += length
  }
  return values
}

function lengthBytes(length: number): number[] {
  if (length < 0x80) return [length]
  const bytes: number[] = []
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256)
  return [0x80 | bytes.length, ...bytes]
}

function byteAt(bytes: Uint8Array, at: number): number {
  const byte = bytes[at]
  if (byte === undefined) throw new RangeError('the value is cut short')
  return byte
}
