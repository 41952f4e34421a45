import { existsSync, mkdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { rtbridgeError } from '../../domain/errors/registry.ts'
import type { CommandContext } from '../context.ts'
import { isDebianPackage } from '../package-info.ts'
import { programName } from '../program-name.ts'
import { askSystemd, noSystemd } from './ask-systemd.ts'
import { commandStep, type Step } from './command-step.ts'
import { isHidden, type ServiceFile, serviceFiles } from './service-files.ts'

export interface ServiceOptions {
  readonly dryRun?: boolean
  readonly root?: string
}

const configFile = '/etc/rtbridge/rtbridge.yaml'

export async function runInstall(context: CommandContext, options: ServiceOptions): Promise<void> {
  const { host, output } = context
  const root = options.root ?? '/'
  const hasSystemd = options.root !== undefined || askSystemd(host.env) !== null
  if (!hasSystemd && options.dryRun !== true) throw rtbridgeError('RTB_SERVICE_NO_SYSTEMD', {})
  const script = scriptPath()
  const isConfigured = existsSync(join(root, configFile))
  const commands = [
    ['systemd-sysusers', 'rtbridge.conf'],
    ['systemd-tmpfiles', '--create', 'rtbridge.conf'],
    ['systemctl', 'daemon-reload'],
    ['systemctl', 'enable', 'rtbridge.service'],
    // A hub that ran before runs on with what it is now.
    ...(isConfigured ? [['systemctl', 'restart', 'rtbridge.service']] : []),
  ]
  const isPackaged = isDebianPackage() && options.root === undefined
  const files = isPackaged ? [] : serviceFiles(process.execPath, script)
  carryOut(context, { ...options, name: 'install' }, [
    ...files.map(file => ({ does: `write ${join(root, file.path)}`, run: () => write(root, file) })),
    ...(options.root === undefined ? commands.map(commandStep) : []),
  ])
  if (!hasSystemd) output.warn(`${noSystemd}: without --dry-run it would refuse, and do nothing of this`)
  if (isHidden(script)) {
    output.warn(`the service cannot see ${script}: install rtbridge for all users (npm install --global)`)
  }
  if (!isConfigured) output.say(`next: write ${configFile}, then: systemctl start rtbridge`)
  output.say('more: rtbridge service status; systemctl edit rtbridge; docs/systemd.md')
}

export async function runUninstall(context: CommandContext, options: ServiceOptions): Promise<void> {
  const { host, output } = context
  const isLive = options.root === undefined
  const isPackaged = isDebianPackage() && isLive
  const hasSystemd = isLive && askSystemd(host.env) !== null
  const steps = uninstallSteps({ root: options.root ?? '/', hasSystemd, isPackaged })
  carryOut(context, { ...options, name: 'uninstall' }, steps)
  if (isLive && !hasSystemd) output.note(`${noSystemd}: there is no service to stop`)
  if (isPackaged) output.say('The unit of the Debian package stays: apt remove rtbridge takes it away.')
  output.say('The triggers remain in the database, and keep the journal within its limits.')
  output.say(`To remove them: rtbridge uninstall-triggers --config ${configFile}`)
  output.say('/etc/rtbridge and the user rtbridge remain, too.')
}

interface Installed {
  /** The folder that the files are below. */
  readonly root: string
  /** There is a systemd that has to hear of it. */
  readonly hasSystemd: boolean
  /** The unit came with the Debian package. */
  readonly isPackaged: boolean
}

/** What takes the service away: files that are there go even where nobody runs them. */
export function uninstallSteps({ root, hasSystemd, isPackaged }: Installed): readonly Step[] {
  const paths = serviceFiles(process.execPath, scriptPath()).map(({ path }) => join(root, path))
  const [unit = ''] = paths
  const isRun = hasSystemd && (isPackaged || existsSync(unit))
  return [
    ...(isRun ? [commandStep(['systemctl', 'disable', '--now', 'rtbridge.service'])] : []),
    ...paths
      .filter(path => existsSync(path))
      .map(path => ({ does: `remove ${path}`, run: () => rmSync(path) })),
    ...(isRun ? [commandStep(['systemctl', 'daemon-reload'])] : []),
  ]
}

function carryOut(
  { host, output }: CommandContext,
  options: ServiceOptions & { readonly name: string },
  steps: readonly Step[],
): void {
  const isTrial = options.dryRun === true
  if (!isTrial && options.root === undefined && host.uid !== 0) {
    const command = `${programName(process.argv[1], host.cwd)} service ${options.name}`
    throw rtbridgeError('RTB_SERVICE_ROOT', { command })
  }
  for (const { does, run } of steps) {
    output.print(isTrial ? `would ${does}` : does)
    if (!isTrial) run()
  }
  output.json({ version: 1, applied: !isTrial, steps: steps.map(({ does }) => does) })
}

function write(root: string, { path, content }: ServiceFile): void {
  const target = join(root, path)
  try {
    mkdirSync(dirname(target), { recursive: true })
    writeFileSync(target, content, { mode: 0o644 })
  } catch (error) {
    const problem = (error as NodeJS.ErrnoException).code ?? 'writing failed'
    throw rtbridgeError('RTB_COMMAND_WRITE', { path: target, problem }, error)
  }
}

/** Where this program lies, links resolved unless it is found by its name. */
function scriptPath(): string {
  const script = process.argv[1] ?? 'rtbridge'
  return /\/bin\/rtbridge$/.test(script) || !existsSync(script) ? script : realpathSync(script)
}
