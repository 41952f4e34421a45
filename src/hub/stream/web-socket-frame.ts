/** First byte of a frame that is a whole text message. */
const wholeText = 0x81
/** A longer text has its length in two more bytes, or in eight. */
const shortLength = 125
const twoByteLength = 0xffff

/**
 * A text as the WebSocket frame in which a server sends it: whole, not masked, not compressed.
 * @see https://www.rfc-editor.org/rfc/rfc6455#section-5.2
 */
export function webSocketFrame(text: string): Buffer {
  const length = Buffer.byteLength(text)
  const start = length <= shortLength ? 2 : length <= twoByteLength ? 4 : 10
  const frame = Buffer.allocUnsafe(start + length)
  frame[0] = wholeText
  if (start === 2) frame[1] = length
  else if (start === 4) {
    frame[1] = 126
    frame.writeUInt16BE(length, 2)
  } else {
    frame[1] = 127
    frame.writeBigUInt64BE(BigInt(length), 2)
  }
  frame.write(text, start)
  return frame
}
