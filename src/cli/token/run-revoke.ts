import type { Config } from '../../config/config.ts'
import { type RevocationTarget, restoreRevoked, revoke } from '../../database/revocations.ts'
import { RtbridgeError, rtbridgeError } from '../../domain/errors/registry.ts'
import { checkSchema } from '../../install/check-schema.ts'
import { type CommandContext, loadSettingsAloud, withSession } from '../context.ts'
import { visibleText } from '../visible-text.ts'
import { openChecker } from './open-checker.ts'
import { parseExpiry } from './parse-expiry.ts'
import { readToken } from './read-token.ts'
import { describeRevocation, toJson } from './run-list.ts'

interface TargetOptions {
  readonly key?: string
  readonly jti?: string
  readonly user?: string
  readonly file?: string
}

interface Target extends RevocationTarget {
  /** When the token ends by itself, ms since the epoch; null = never, or not known. */
  readonly expiresAt: number | null
}

/** Takes something back at all hubs of the database. */
export async function runRevoke(
  context: CommandContext,
  options: TargetOptions & { readonly expires?: string },
): Promise<void> {
  const { output } = context
  const { config } = loadSettingsAloud(context)
  const target = await targetOf(context, config, options)
  if (target.kind === 'key' && !config.auth.keys.some(({ name }) => name === target.subject)) {
    output.warn(`the configuration here has no key ${JSON.stringify(target.subject)}`)
  }
  const { expires } = options
  const expiresAt =
    expires === undefined ? target.expiresAt : Date.now() + parseExpiry(expires, 'rtbridge token revoke')
  const revocation = await withSession(config, async session => {
    await checkSchema(session)
    return revoke(session, target, expiresAt)
  })
  output.print(visibleText(describeRevocation(revocation)))
  output.json({ version: 1, ...toJson(revocation) })
}

/** Takes a revocation back at all hubs of the database. */
export async function runRestore(context: CommandContext, options: TargetOptions): Promise<void> {
  const { output } = context
  const { config } = loadSettingsAloud(context)
  const { kind, subject } = await targetOf(context, config, options)
  const wasRevoked = await withSession(config, async session => {
    await checkSchema(session)
    return restoreRevoked(session, { kind, subject })
  })
  if (!wasRevoked) throw rtbridgeError('RTB_TOKEN_UNKNOWN', { kind, subject })
  output.print(visibleText(`restored ${kind} ${subject}`))
  output.json({ version: 1, kind, subject })
}

async function targetOf(context: CommandContext, config: Config, options: TargetOptions): Promise<Target> {
  const { key, jti, user, file } = options
  if (key !== undefined) return named('key', key)
  if (jti !== undefined) return named('jti', jti)
  if (user !== undefined) return named('user', user)
  if (file === undefined) throw usage('say what: --key, --jti, --user, or --file with the token')
  return targetOfToken(config, await readToken(context.host, undefined, file))
}

function named(kind: RevocationTarget['kind'], subject: string): Target {
  if (subject === '' || subject.length > 500) throw usage(`the name of a ${kind} has 1 to 500 characters`)
  return { kind, subject, expiresAt: null }
}

/** Only what the hub would accept is looked into: a token that is refused has to be named by its id. */
async function targetOfToken(config: Config, token: string): Promise<Target> {
  const checker = await openChecker(config, { revocations: [], error: null })
  try {
    const { credential, expiresAt } = await checker.authenticate(token, 'local')
    const [, kind, subject = ''] = /^(key|jwt):(.*)$/s.exec(credential ?? '') ?? []
    if (kind === undefined) throw usage('the token has no `jti`; revoke its user with --user')
    return kind === 'key' ? named('key', subject) : { kind: 'jti', subject, expiresAt }
  } catch (error) {
    if (!(error instanceof RtbridgeError) || !error.code.startsWith('RTB_AUTH_')) throw error
    throw usage(
      'the hub refuses this token already, see `rtbridge token check`; revoke it with --jti or --user',
      error,
    )
  } finally {
    checker.close()
  }
}

function usage(problem: string, cause?: unknown): RtbridgeError {
  const values = { problem, command: 'rtbridge token', suggestion: null }
  return rtbridgeError('RTB_COMMAND_USAGE', values, cause)
}
