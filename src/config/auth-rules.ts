import { dirname, resolve } from 'node:path'
import type {
  AuthMode,
  AuthSettings,
  JwtAlgorithm,
  JwtKeySource,
  JwtSettings,
  SharedKey,
} from '../domain/auth-settings.ts'
import { jwtAlgorithms } from '../domain/auth-settings.ts'
import { formatLocation } from '../domain/rule.ts'
import type { FileAuth, FileJwt } from './auth-schema.ts'
import { duration, onOff } from './value-kinds.ts'
import type { YamlSource } from './yaml-source.ts'

/** Who may connect, as a file says it, and everything that is wrong or doubtful in that. */
export interface AuthRules {
  readonly keys: AuthSettings['keys']
  readonly jwt: JwtSettings | null
  readonly problems: readonly string[]
  readonly warnings: readonly string[]
}

export interface AuthInput {
  /** As resolved: a variable may say it, too. */
  readonly mode: AuthMode | null
  /** The section, checked by the schema. */
  readonly auth: FileAuth
  /** Null when there is no file. */
  readonly source: YamlSource | null
  /** The file, absolute: paths in it start at its folder. */
  readonly path: string | null
}

type Report = (path: readonly PropertyKey[], text: string) => void

const sourceKinds = ['jwks_url', 'jwks_file', 'public_key_file', 'secret', 'secret_file'] as const
const defaultToleranceMs = 30_000
/** Written for "do not check": it cannot be the name of an issuer or an audience by accident. */
const anyone = '*'

/** Builds what `auth` says of keys and tokens, and checks that the parts go together. */
export function buildAuth({ mode, auth, source, path }: AuthInput): AuthRules {
  const problems: string[] = []
  const warnings: string[] = []
  const reportTo =
    (list: string[]): Report =>
    (at, text) => {
      list.push(source === null ? `auth: ${text}` : `${formatLocation(source.locate(at, 'key'))}: ${text}`)
    }
  const problem = reportTo(problems)
  const keys = buildKeys(auth, problem)
  const jwt = auth.jwt ? buildJwt(auth.jwt, { problem, warn: reportTo(warnings), path }) : null
  checkMode({ mode, keys, hasJwt: auth.jwt !== undefined && auth.jwt !== null }, problem, reportTo(warnings))
  return { keys, jwt, problems, warnings }
}

function checkMode(
  { mode, keys, hasJwt }: { mode: AuthMode | null; keys: readonly SharedKey[]; hasJwt: boolean },
  problem: Report,
  warn: Report,
): void {
  if (mode === null && (hasJwt || keys.length > 0)) {
    problem(['auth'], `auth has no \`mode\`: write \`mode: ${hasJwt ? 'jwt' : 'key'}\``)
  }
  if (mode === 'key' && keys.length === 0) {
    problem(
      ['auth', 'mode'],
      'auth.mode is key, and auth.keys has none; `rtbridge token create <name>` makes one',
    )
  }
  if (mode === 'jwt' && !hasJwt) problem(['auth', 'mode'], 'auth.mode is jwt, and there is no auth.jwt')
  if (mode === 'open' && keys.length > 0)
    warn(['auth', 'keys'], 'auth.mode is open, so nobody is asked for a key')
  if ((mode === 'open' || mode === 'key') && hasJwt) {
    warn(['auth', 'jwt'], `auth.mode is ${mode}, so no JSON Web Token is accepted`)
  }
}

function buildKeys({ keys }: FileAuth, problem: Report): readonly SharedKey[] {
  const names = new Set<string>()
  const hashes = new Set<string>()
  return (keys ?? []).map(({ name, hash, roles, user, tenant }, index) => {
    const at = ['auth', 'keys', index]
    if (names.has(name)) problem([...at, 'name'], `the key ${JSON.stringify(name)} is there already`)
    if (hashes.has(hash))
      problem([...at, 'hash'], `the key ${JSON.stringify(name)} has the hash of another one`)
    names.add(name)
    hashes.add(hash)
    return { name, user: user ?? name, roles: listOf(roles) ?? [], tenant: tenant ?? null, hash }
  })
}

interface JwtContext {
  readonly problem: Report
  readonly warn: Report
  readonly path: string | null
}

function buildJwt(jwt: FileJwt, { problem, warn, path }: JwtContext): JwtSettings | null {
  const source = buildSource(jwt, problem, path)
  const algorithms = algorithmsOf(jwt, source, problem)
  const issuers = whoOf('issuer', jwt.issuer, { problem, warn })
  const audiences = whoOf('audience', jwt.audience, { problem, warn })
  const allowNoExpiry = onOff.parse(jwt.allow_no_expiry) === 'on'
  if (allowNoExpiry)
    warn(['auth', 'jwt', 'allow_no_expiry'], 'a token without `exp` is good until it is revoked')
  const { user = 'sub', roles = 'roles', tenant = null } = jwt.claims ?? {}
  if (source === null) return null
  const clockToleranceMs = duration(0).parse(jwt.clock_tolerance) ?? defaultToleranceMs
  return {
    source,
    algorithms,
    issuers,
    audiences,
    allowNoExpiry,
    clockToleranceMs,
    claims: { user, roles, tenant },
  }
}

function buildSource(jwt: FileJwt, problem: Report, path: string | null): JwtKeySource | null {
  const [kind, second] = sourceKinds.filter(name => jwt[name] !== undefined)
  const value = kind === undefined ? undefined : jwt[kind]
  if (kind === undefined || value === undefined) {
    problem(['auth', 'jwt'], `auth.jwt names no key: give one of ${sourceKinds.join(', ')}`)
    return null
  }
  if (second !== undefined) {
    problem(
      ['auth', 'jwt', second],
      `auth.jwt has both ${kind} and ${second}: which of them signs has to be certain`,
    )
  }
  if (kind === 'secret') {
    // What is shorter can be guessed from one token, RFC 7518 §3.2; base64 is checked when it is decoded.
    if (!value.startsWith('base64:') && Buffer.byteLength(value) < 32) {
      problem(
        ['auth', 'jwt', kind],
        'auth.jwt.secret has fewer than 32 bytes; `openssl rand -base64 32` makes a good one',
      )
    }
    return { kind, secret: value }
  }
  if (kind === 'jwks_url') {
    const wrong = problemOfUrl(value)
    if (wrong !== null) problem(['auth', 'jwt', kind], `auth.jwt.jwks_url ${wrong}`)
    return { kind, url: value }
  }
  return { kind, path: path === null ? resolve(value) : resolve(dirname(path), value) }
}

/** Who can change the answer on its way chooses who may sign tokens. */
function problemOfUrl(text: string): string | null {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null) return 'is not an URL'
  if (url.username !== '' || url.password !== '') return 'must not hold a password'
  const isHere = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)
  return url.protocol === 'https:' || (url.protocol === 'http:' && isHere)
    ? null
    : 'has to begin with https:// (http:// only for this machine)'
}

function algorithmsOf(
  jwt: FileJwt,
  source: JwtKeySource | null,
  problem: Report,
): readonly JwtAlgorithm[] | null {
  const named = listOf(jwt.algorithms)
  if (named === null) return null
  const isSecret = source?.kind === 'secret' || source?.kind === 'secret_file'
  const wrong = named.filter(name => source !== null && name.startsWith('HS') !== isSecret)
  if (wrong.length > 0) {
    const why = isSecret ? 'a secret checks HS256, HS384 and HS512 only' : 'a public key cannot check it'
    problem(['auth', 'jwt', 'algorithms'], `auth.jwt.algorithms names ${wrong.join(', ')}, but ${why}`)
  }
  if (named.length === 0)
    problem(['auth', 'jwt', 'algorithms'], 'auth.jwt.algorithms is empty, so every token is refused')
  return jwtAlgorithms.filter(name => named.includes(name))
}

function whoOf(
  what: 'issuer' | 'audience',
  written: string | readonly string[] | undefined,
  { problem, warn }: Pick<JwtContext, 'problem' | 'warn'>,
): readonly string[] | null {
  const list = listOf(written) ?? []
  const claim = what === 'issuer' ? 'iss' : 'aud'
  if (list.length === 0) {
    problem(
      ['auth', 'jwt'],
      `auth.jwt has no ${what}: name what \`${claim}\` has to be, or "${anyone}" to accept any`,
    )
  }
  if (!list.includes(anyone)) return list
  warn(['auth', 'jwt', what], `tokens of any ${what} are accepted`)
  return null
}

function listOf(value: string | readonly string[] | undefined): readonly string[] | null {
  if (value === undefined) return null
  return typeof value === 'string' ? [value] : value
}
