import type { HubMessageData, HubMessageType } from './messages.ts'

/**
 * The text of one hub frame.
 *
 * @param type the message type
 * @param data its data
 * @param timestamp ISO 8601
 */
export function encodeMessage<Type extends HubMessageType>(
  type: Type,
  data: HubMessageData[Type],
  timestamp: string,
): string {
  return encodeRaw(type, JSON.stringify(data), timestamp)
}

/** Like {@link encodeMessage}, for data that already is JSON text: it is spliced in byte for byte. */
export function encodeRaw(type: HubMessageType, dataJson: string, timestamp: string): string {
  return `{"message_type":"${type}","data":${dataJson},"timestamp":"${timestamp}"}`
}
