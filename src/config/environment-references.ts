import { rtbridgeError } from '../domain/errors/registry.ts'
import type { SourceLocation } from '../domain/rule.ts'
import { formatLocation } from '../domain/rule.ts'

/**
 * `{ url: ${DATABASE_URL} }` is not YAML: braces and colons are its own characters. So references are hidden before
 * the file is parsed, character by character in the private-use area (every position stays the same), and resolved
 * in the parsed values. Nothing that comes from the environment is ever parsed as YAML.
 */
const hiddenBase = 0xe000
const hidden = /[\uE000-\uE07F]/g

/** True when a text holds characters that hiding needs for itself. */
export function holdsHiddenCharacters(text: string): boolean {
  return text.search(hidden) !== -1
}

/** Hides `${NAME}`, `${NAME:-default}` and `$${…}`. */
export function hideReferences(text: string): string {
  return text.replace(/\${1,2}\{[^}\n]*\}/g, reference =>
    reference.replace(/[\0-\x7f]/g, char => String.fromCharCode(hiddenBase + char.charCodeAt(0))),
  )
}

/** The text as it was written. */
export function showReferences(text: string): string {
  return text.replace(hidden, char => String.fromCharCode(char.charCodeAt(0) - hiddenBase))
}

/**
 * Resolves the references in a parsed value.
 * @param text with its references hidden
 * @throws RTB_CONFIG_UNSET, RTB_CONFIG_SYNTAX
 */
export function resolveReferences(
  text: string,
  env: Readonly<Record<string, string | undefined>>,
  location: SourceLocation,
): string {
  const dollar = String.fromCharCode(hiddenBase + 0x24)
  const close = String.fromCharCode(hiddenBase + 0x7d)
  return text.replace(new RegExp(`${dollar}[^${close}]*${close}`, 'g'), reference => {
    const written = showReferences(reference)
    if (written.startsWith('$$')) return written.slice(1)
    const match = /^\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?\}$/.exec(written)
    if (match === null) {
      throw rtbridgeError('RTB_CONFIG_SYNTAX', {
        location: formatLocation(location),
        problem: `${written} is no reference: it is \${NAME} or \${NAME:-default}`,
      })
    }
    const [, name = '', fallback] = match
    // As in a shell, `:-` also replaces an empty value.
    const value = env[name]
    if (value !== undefined && (value !== '' || fallback === undefined)) return value
    if (fallback !== undefined) return fallback
    throw rtbridgeError('RTB_CONFIG_UNSET', { location: formatLocation(location), name })
  })
}
