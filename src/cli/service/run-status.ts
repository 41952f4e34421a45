import { counted } from '../../domain/counted.ts'
import type { CommandContext } from '../context.ts'
import { type ExitCode, exitCodes } from '../exit-codes.ts'
import { askSystemd, noSystemd } from './ask-systemd.ts'

export async function runStatus({ host, output }: CommandContext): Promise<ExitCode> {
  const said = askSystemd(host.env)
  const runs = said?.['ActiveState'] === 'active'
  output.json({
    version: 1,
    systemd: said !== null,
    installed: said?.['LoadState'] === 'loaded',
    running: runs,
    starts_with_machine: said?.['UnitFileState'] === 'enabled',
    state: said === null ? null : `${said['ActiveState']} (${said['SubState']})`,
    status: said?.['StatusText'] || null,
    restarts: Number(said?.['NRestarts'] ?? 0),
    pid: Number(said?.['MainPID'] ?? 0) || null,
  })
  for (const line of describe(said)) output.print(line)
  return runs ? exitCodes.ok : exitCodes.check
}

function describe(said: Readonly<Record<string, string>> | null): readonly string[] {
  if (said === null) return [`no service: ${noSystemd}`, '  try: rtbridge serve']
  if (said['LoadState'] !== 'loaded') return ['no service is installed', '  try: rtbridge service install']
  const runs = said['ActiveState'] === 'active'
  const enabled = said['UnitFileState'] === 'enabled'
  return [
    `${runs ? 'ok' : 'down'}: ${said['ActiveState']} (${said['SubState']}), ${counted(Number(said['NRestarts']), 'restart')}`,
    `  ${said['StatusText'] || 'it says nothing of itself'}`,
    enabled ? '  starts with the machine' : '  does not start with the machine: systemctl enable rtbridge',
    ...(runs ? [] : ['  try: journalctl -u rtbridge -n 30, then: systemctl start rtbridge']),
  ]
}
