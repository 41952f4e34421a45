import { readFileSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { type Finding, type MachineCheck, type Place, problem, warning } from './check.ts'

/** Who else can read what should be a secret. */
export const fileModeChecks: readonly MachineCheck[] = [
  { name: 'key-files', look: lookAtKeys },
  { name: 'password-files', look: lookAtPasswords },
]

function lookAtKeys({ config, cwd }: Place) {
  const { keyFile } = config.tls
  if (keyFile === null) return { found: 'no key is configured' }
  const key = resolve(cwd, keyFile)
  const keys = [key, join(dirname(key), 'ca.key')].filter(path => modeOf(path) !== null)
  if (keys.length === 0) return { found: `${keyFile} is not there (see certificate)`, skipped: true }
  const findings = keys
    .filter(path => isOpen(path, 0o007))
    .map(path =>
      problem(
        `${path} can be read by every user of this machine (mode ${octal(path)})`,
        `chmod 600 ${path}`,
        {
          kind: 'chmod',
          path,
        },
      ),
    )
  return { found: `${keys.join(', ')}: no other user may read it`, findings }
}

function lookAtPasswords({ path, env, config, cwd }: Place) {
  const findings: Finding[] = []
  if (path !== null && holdsSecret(path) && isOpen(path, 0o007)) {
    const what = `${path} holds a secret, and every user of this machine can read it (mode ${octal(path)})`
    findings.push(warning(what, `chmod 640 ${path}   # its group is that of the hub's user`))
  }
  const jwt = config.auth.jwt?.source
  if (jwt?.kind === 'secret_file' && isOpen(resolve(cwd, jwt.path), 0o007)) {
    const what = `${jwt.path} holds the secret that signs tokens, and every user of this machine can read it`
    findings.push(problem(what, `chmod 640 ${jwt.path}   # its group is that of the hub's user`))
  }
  const passFile = env['PGPASSFILE'] ?? (env['HOME'] === undefined ? null : join(env['HOME'], '.pgpass'))
  if (passFile !== null && isOpen(resolve(cwd, passFile), 0o077)) {
    const what = `${passFile} is open to others (mode ${octal(resolve(cwd, passFile))}), so PostgreSQL's clients ignore it`
    findings.push(warning(what, `chmod 600 ${passFile}`))
  }
  const isInUrl = /:\/\/[^/@]*:[^/@]+@/.test(config.database.url ?? '')
  return {
    found: isInUrl ? 'the password is given, and not to other users' : 'no password lies open',
    findings,
  }
}

/** A password or a secret written out; a `${VARIABLE}` is none. */
function holdsSecret(path: string): boolean {
  try {
    const text = readFileSync(path, 'utf8').replaceAll(/^\s*#.*$/gm, '')
    return (
      /:\/\/[^\s/:@]*:(?!\$\{)[^\s@]+@/.test(text) || /\bsecret:\s*["']?(?!["']?\$\{)[^\s"'}]+/.test(text)
    )
  } catch {
    return false
  }
}

/** Windows has other ways, which its mode bits do not show. */
function isOpen(path: string, bits: number): boolean {
  return process.platform !== 'win32' && ((modeOf(path) ?? 0) & bits) !== 0
}

function octal(path: string): string {
  return (modeOf(path) ?? 0).toString(8).padStart(4, '0')
}

/** Null when there is no such file, or none that we may look at. */
function modeOf(path: string): number | null {
  try {
    return statSync(path).mode & 0o777
  } catch {
    return null
  }
}
