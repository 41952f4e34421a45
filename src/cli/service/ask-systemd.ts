import { execFileSync } from 'node:child_process'

type Environment = Readonly<Record<string, string | undefined>>

/** What there is to say where {@link askSystemd} has no answer. */
export const noSystemd = 'systemd does not run this machine'

const properties = [
  'LoadState',
  'ActiveState',
  'SubState',
  'UnitFileState',
  'StatusText',
  'NRestarts',
  'MainPID',
]

/**
 * What systemd says of the unit `rtbridge.service`, by property; a unit that is not there has a `LoadState`, too.
 * @returns null where there is no systemd to ask
 */
export function askSystemd(env: Environment): Readonly<Record<string, string>> | null {
  try {
    const args = ['show', 'rtbridge.service', `--property=${properties.join(',')}`]
    const text = execFileSync('systemctl', args, { env: { ...env }, stdio: ['ignore', 'pipe', 'ignore'] })
    return Object.fromEntries(
      text
        .toString()
        .trim()
        .split('\n')
        .map(line => line.split(/=(.*)/s).slice(0, 2)),
    )
  } catch {
    return null
  }
}
