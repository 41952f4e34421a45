import type { Command } from 'commander'
import { installFiles } from '../../database/migrate-schema.ts'
import { protocolVersion } from '../../protocol/messages.ts'
import type { Bind } from '../bind.ts'
import type { CommandContext } from '../context.ts'
import { readPackageVersion } from '../package-info.ts'

/** `rtbridge version` */
export function addVersionCommand(program: Command, bind: Bind): void {
  program
    .command('version')
    .description('print the versions of the program, its schema and its protocol')
    .action(bind(runVersion))
}

async function runVersion({ output }: CommandContext): Promise<void> {
  const rtbridge = readPackageVersion()
  const schema = installFiles().length
  const node = process.versions.node
  output.print(`rtbridge ${rtbridge} (schema ${schema}, protocol ${protocolVersion}, Node.js ${node})`)
  output.json({ version: 1, rtbridge, schema, protocol: protocolVersion, node })
}
