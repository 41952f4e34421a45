import { z } from 'zod'
import type { ValueKind } from './value-kinds.ts'

/** The origin of web pages, exactly as browsers write it: another spelling would never match. */
export const webOrigin: ValueKind<string> = {
  expected: 'an origin such as https://app.example (no path, no default port)',
  input: z.string(),
  parse: found => (typeof found === 'string' && isOrigin(found) ? found : undefined),
}

function isOrigin(found: string): boolean {
  if (!/^[a-z][a-z0-9+.-]*:\/\/[^/?#@\s]+$/.test(found) || !URL.canParse(found)) return false
  const { protocol, host } = new URL(found)
  return `${protocol}//${host}` === found
}
