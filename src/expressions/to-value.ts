import type { Value } from './decode-value.ts'
import { decodeValue } from './decode-value.ts'

/**
 * Plain data, such as the claims of a token, as expressions see values: whole numbers become bigint, objects maps.
 * @param data anything JSON can express; what it cannot is left out, as `JSON.stringify` does
 */
export function toValue(data: unknown): Value {
  return decodeValue(JSON.stringify(data) ?? 'null')
}
