import { readFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { rtbridgeError } from '../../domain/errors/registry.ts'
import { type CommandContext, loadSettings } from '../context.ts'
import { visibleText } from '../visible-text.ts'
import { createAuthority, issueCertificate } from './authority.ts'
import { certFiles, readAuthority, readCertificate, writePair, writeWhole } from './cert-folder.ts'
import { type DescribedCertificate, describeCertificate, namesOf } from './describe-certificate.ts'
import { checkNames, machineNames } from './machine-names.ts'
import { trustInstructions } from './trust-instructions.ts'

interface FolderOption {
  readonly dir?: string
}

interface HostOption extends FolderOption {
  readonly host?: readonly string[]
}

/** `rtbridge cert init` */
export async function runInit(
  context: CommandContext,
  options: HostOption & { readonly force?: boolean },
): Promise<void> {
  const folder = folderOf(context, options)
  if (options.force !== true && (await readCertificate(folder, 'authority')) !== null) {
    throw rtbridgeError('RTB_CERT_EXISTS', { path: folder })
  }
  const names = { found: machineNames(), wanted: checkNames(options.host ?? []) }
  const authority = await createAuthority(hostname(), [...names.found, ...names.wanted])
  const hub = await issueCertificate(authority, hostname(), names)
  await writePair(folder, 'authority', authority)
  await writePair(folder, 'hub', hub)
  await report(context, folder, 'Written')
  context.output.say(`next, in rtbridge.yaml:\n\n${describeSettings(folder)}\n`)
  context.output.say('then restart the hub, and have the desks trust ca.crt: rtbridge cert trust')
}

/** `rtbridge cert renew` */
export async function runRenew(context: CommandContext, options: HostOption): Promise<void> {
  const folder = folderOf(context, options)
  const authority = await readAuthority(folder)
  const old = await readCertificate(folder, 'hub')
  const kept = old === null ? [] : namesOf(old)
  const names = { found: [...machineNames(), ...kept], wanted: checkNames(options.host ?? []) }
  await writePair(folder, 'hub', await issueCertificate(authority, hostname(), names))
  await report(context, folder, 'Renewed')
  context.output.say('a running hub takes it into use within ten seconds')
}

/** `rtbridge cert show` */
export async function runShow(context: CommandContext, options: FolderOption): Promise<void> {
  await report(context, folderOf(context, options), null)
}

/** `rtbridge cert trust` */
export async function runTrust(
  context: CommandContext,
  options: FolderOption & { readonly to?: string },
): Promise<void> {
  const { host, output } = context
  const folder = folderOf(context, options)
  const certificate = await readCertificate(folder, 'authority')
  if (certificate === null) throw rtbridgeError('RTB_CERT_MISSING', { path: folder })
  let file = join(folder, certFiles.authority.cert)
  if (options.to !== undefined) {
    const copy = join(resolve(host.cwd, options.to), 'rtbridge-ca.crt')
    await writeWhole(copy, await readFile(file, 'utf8'), 0o644)
    output.print(`${output.style('green', 'Written:')} ${visibleText(copy)}`)
    file = copy
  }
  const systems = trustInstructions.map(({ system, steps }) => ({
    system,
    steps: steps.map(step => step.replace('{ca}', file)),
  }))
  output.print(`Copy ${visibleText(file)} to each desk (it is no secret), compare its fingerprint`)
  output.print(`  ${certificate.fingerprint256}`)
  output.print('and there:')
  for (const { system, steps } of systems) {
    output.print(`  ${system}:`)
    for (const step of steps) output.print(`    ${visibleText(step)}`)
  }
  output.json({ version: 1, file, fingerprint: certificate.fingerprint256, systems })
}

/** That of the configured certificate, else `tls` beside the configuration file, else here. */
function folderOf(context: CommandContext, { dir }: FolderOption): string {
  const { cwd } = context.host
  if (dir !== undefined) return resolve(cwd, dir)
  const { config, path } = loadSettings(context)
  if (config.tls.certFile !== null) return dirname(resolve(cwd, config.tls.certFile))
  return resolve(path === null ? cwd : dirname(path), 'tls')
}

async function report(context: CommandContext, folder: string, done: string | null): Promise<void> {
  const { output } = context
  const described: DescribedCertificate[] = []
  for (const role of ['authority', 'hub'] as const) {
    const certificate = await readCertificate(folder, role)
    if (certificate !== null) {
      described.push(describeCertificate(certificate, role, join(folder, certFiles[role].cert)))
    }
  }
  if (described.length === 0) throw rtbridgeError('RTB_CERT_MISSING', { path: folder })
  if (done !== null) output.print(`${output.style('green', `${done}:`)} ${visibleText(folder)}`)
  for (const certificate of described) print(certificate, output)
  output.json({ version: 1, folder, certificates: described })
}

function print(certificate: DescribedCertificate, { print: line }: CommandContext['output']): void {
  const { role, file, subject, names, valid_to: validTo, days_left: days, fingerprint } = certificate
  line(`${role}  ${visibleText(file)}`)
  line(`  subject      ${visibleText(subject)}`)
  if (names.length > 0) line(`  names        ${visibleText(names.join(', '))}`)
  line(`  valid until  ${validTo.slice(0, 10)} (${days} days)`)
  line(`  SHA-256      ${fingerprint}`)
}

function describeSettings(folder: string): string {
  return `tls:\n  cert: ${join(folder, certFiles.hub.cert)}\n  key: ${join(folder, certFiles.hub.key)}`
}
