import { createKey, hashKey } from '../../access/shared-keys.ts'
import type { SharedKey } from '../../domain/auth-settings.ts'
import { rtbridgeError } from '../../domain/errors/registry.ts'
import { type CommandContext, loadSettingsAloud } from '../context.ts'
import { createToken } from './create-token.ts'

export interface CreateOptions {
  readonly roles?: string
  readonly tenant?: string
  readonly user?: string
  readonly jwt?: boolean
  readonly expires: string
  readonly privateKeyFile?: string
  readonly algorithm?: string
  readonly keyId?: string
}

/** Makes a key, or with `--jwt` a token. It is printed once and kept nowhere. */
export async function runCreate(
  context: CommandContext,
  options: CreateOptions,
  [name = '']: readonly (string | undefined)[],
): Promise<void> {
  const roles = (options.roles ?? '').split(',').map(role => role.trim())
  const named = roles.filter(role => role !== '')
  if ([name, options.user, options.tenant, ...named].some(isNoName)) {
    const problem = 'a name, a role and a tenant have 1 to 200 characters, and no control characters'
    throw rtbridgeError('RTB_COMMAND_USAGE', { problem, command: 'rtbridge token create', suggestion: null })
  }
  if (options.jwt === true) return printToken(context, options, { name, roles: named })
  printKey(context, options, { name, roles: named })
}

function isNoName(text: string | undefined): boolean {
  return text !== undefined && !/^[^\p{Cc}]{1,200}$/u.test(text)
}

interface Holder {
  readonly name: string
  readonly roles: readonly string[]
}

function printKey(
  { host, output }: CommandContext,
  { user, tenant }: CreateOptions,
  { name, roles }: Holder,
): void {
  const key = createKey()
  const entry = {
    name,
    ...(user === undefined ? {} : { user }),
    roles,
    ...(tenant === undefined ? {} : { tenant }),
  }
  const hash: SharedKey['hash'] = hashKey(key)
  output.print(key)
  const lines = `auth:\n  mode: key\n  keys:\n    - ${toYaml({ ...entry, hash })}\n`
  output.note(
    'Give it to the app; it is shown this once. Put its hash into rtbridge.yaml, in place of the `auth` that is there or as\n' +
      'one more of its `keys`, and have the hub read it: `sudo systemctl reload\n' +
      'rtbridge` where auth.mode was `key` or `jwt`; otherwise start it anew:\n',
  )
  // With --quiet, too: without its hash a key is good for nothing.
  if (!output.isJson) host.stderr.write(lines)
  output.json({ version: 1, kind: 'key', key, entry: { ...entry, hash } })
}

/** One line of YAML: names of our own, and values as JSON strings, which YAML 1.2 takes as they are. */
function toYaml(entry: Readonly<Record<string, string | readonly string[]>>): string {
  const fields = Object.entries(entry).map(([name, value]) => {
    const shown =
      typeof value === 'string'
        ? JSON.stringify(value)
        : `[${value.map(one => JSON.stringify(one)).join(', ')}]`
    return `${name}: ${shown}`
  })
  return `{ ${fields.join(', ')} }`
}

async function printToken(context: CommandContext, options: CreateOptions, holder: Holder): Promise<void> {
  const { output } = context
  const { config } = loadSettingsAloud(context)
  const { token, jti, expiresAt } = await createToken(config.auth.jwt, {
    user: options.user ?? holder.name,
    roles: holder.roles,
    tenant: options.tenant ?? null,
    expires: options.expires,
    privateKeyFile: options.privateKeyFile ?? null,
    algorithm: options.algorithm ?? null,
    keyId: options.keyId ?? null,
    cwd: context.host.cwd,
  })
  const expires = new Date(expiresAt).toISOString()
  output.print(token)
  output.note(`It ends ${expires}. To take it back: rtbridge token revoke --jti ${jti}`)
  output.json({ version: 1, kind: 'jwt', token, jti, expires_at: expires })
}
