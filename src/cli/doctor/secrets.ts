import type { Config } from '../../config/config.ts'
import type { Host } from '../host.ts'

/** A shorter one would be found in ordinary words. */
const shortest = 4

/** Variables that hold a secret, by their names. */
const secretName = /PASSWORD|SECRET|TOKEN|PRIVATE|CREDENTIAL/i

/** Every secret of a configuration and its environment, as written and decoded, longest first. */
export function listSecrets(config: Config | null, env: Host['env']): readonly string[] {
  const jwt = config?.auth.jwt?.source
  const written = [
    ...[config?.database.url, config?.bus.url].flatMap(url => passwordsOf(url ?? '')),
    ...(jwt?.kind === 'secret' ? [jwt.secret] : []),
    ...(config?.auth.keys ?? []).map(({ hash }) => hash.replace(/^sha256:/, '')),
    ...Object.entries(env).flatMap(([name, value = '']) =>
      secretName.test(name) ? [value.trim()] : passwordsOf(value),
    ),
  ]
  return [...new Set(written.flatMap(secret => [secret, decode(secret)]))]
    .filter(secret => secret.length >= shortest)
    .sort((a, b) => b.length - a.length)
}

/** JSON of a value in which every secret, in whatever text it has got into, is `***`: the last net. */
export function redactSecrets(value: object, secrets: readonly string[], indent?: number): string {
  return JSON.stringify(
    value,
    (_, each: unknown) =>
      typeof each === 'string'
        ? secrets.reduce((text, secret) => text.replaceAll(secret, '***'), each)
        : each,
    indent,
  )
}

/** What stands in an URL where passwords do, `user:password@` and `?password=`. */
function passwordsOf(url: string): string[] {
  const user = /^[a-z][a-z0-9+.-]*:\/\/[^:/?#@]*:(.*)@/i.exec(url)?.[1]
  const parameters = [...url.matchAll(/[?&](?:password|sslpassword)=([^&#]*)/gi)].map(
    ([, value]) => value ?? '',
  )
  return [...(user === undefined ? [] : [user]), ...parameters]
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
