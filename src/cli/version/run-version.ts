import { installFiles } from '../../database/sql-file.ts'
import { protocolVersion } from '../../protocol/messages.ts'
import type { CommandContext } from '../context.ts'
import { readPackageVersion } from '../package-info.ts'

/** Prints the versions of everything that has one. */
export async function runVersion({ output }: CommandContext): Promise<void> {
  const rtbridge = readPackageVersion()
  const schema = installFiles().length
  const node = process.versions.node
  output.print(`rtbridge ${rtbridge} (schema ${schema}, protocol ${protocolVersion}, Node.js ${node})`)
  output.json({ version: 1, rtbridge, schema, protocol: protocolVersion, node })
}
