import { isIP } from 'node:net'

/** A `Host` header taken apart. */
interface HostName {
  /** Lower case, without brackets. */
  readonly name: string
  readonly isAddress: boolean
}

/**
 * A test for `Host` headers, against pages that make a name of theirs lead to this machine (DNS rebinding). Such a page
 * can only ever send a name that its author controls, so addresses are safe; the port says nothing.
 *
 * @param entries exact names, and the words `address`, `localhost`, `hostname` (this machine's own), `any`
 * @param hostname the machine's name, `desk` or `desk.example`
 */
export function createHostList(
  entries: readonly string[],
  hostname: string,
): (header: string | undefined) => boolean {
  const exact = entries.filter(entry => entry !== 'address' && entry !== 'hostname')
  const names = new Set([...exact, ...(entries.includes('hostname') ? ownNames(hostname) : [])])
  if (entries.includes('any')) return () => true
  return header => {
    const host = header === undefined ? null : parseHost(header)
    if (host === null) return false
    return (host.isAddress && entries.includes('address')) || names.has(host.name)
  }
}

/** What this machine is called: its name, the first word of it, and that as multicast DNS tells it. */
export function ownNames(hostname: string): readonly string[] {
  const full = hostname.toLowerCase()
  const short = full.split('.', 1)[0] ?? full
  return [...new Set([full, short, `${short}.local`])].filter(name => name !== '' && name !== '.local')
}

/** @see https://www.rfc-editor.org/rfc/rfc9110#section-7.2 */
function parseHost(header: string): HostName | null {
  const found = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::\d{1,5})?$/i.exec(header)
  if (found === null) return null
  const [, bracketed, plain = ''] = found
  if (bracketed !== undefined) return isIP(bracketed) === 6 ? { name: bracketed, isAddress: true } : null
  return { name: plain.toLowerCase(), isAddress: isIP(plain) === 4 }
}
