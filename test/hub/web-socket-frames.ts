/** Takes WebSocket frames apart, as RFC 6455 §5.2 says. */
export function framesIn(pack: Buffer): Buffer[] {
  const frames: Buffer[] = []
  for (let at = 0; at < pack.length; ) {
    const { start, length } = headOf(pack.subarray(at))
    // The same buffer where it is all there is: who shares it can be told.
    frames.push(start + length === pack.length ? pack : pack.subarray(at, at + start + length))
    at += start + length
  }
  return frames
}

/** What a frame says. */
export function textIn(frame: Buffer): string {
  const { start, length } = headOf(frame)
  return frame.toString('utf8', start, start + length)
}

function headOf(frame: Buffer): { readonly start: number; readonly length: number } {
  if (frame[0] !== 0x81) throw new Error(`no whole text frame: ${frame.subarray(0, 40).toString()}`)
  const short = frame[1] ?? 0
  if (short < 126) return { start: 2, length: short }
  if (short === 126) return { start: 4, length: frame.readUInt16BE(2) }
  return { start: 10, length: Number(frame.readBigUInt64BE(2)) }
}
