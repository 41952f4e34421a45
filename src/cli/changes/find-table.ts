import { tableLabel } from '../../domain/change.ts'
import { closestWord } from '../../domain/closest-word.ts'
import { rtbridgeError } from '../../domain/errors/registry.ts'
import { parseTablePattern } from '../../domain/table-pattern.ts'

/** A table by name, as the configuration writes it. @throws RTB_COMMAND_USAGE when it is not the name of one table */
export function parseTableName(source: string, command: string): { schema: string; name: string } {
  const table = parseTablePattern(source)?.table ?? null
  if (table !== null) return table
  const problem = `${JSON.stringify(source)} does not name one table; write name, schema.name or "Odd Name"`
  throw rtbridgeError('RTB_COMMAND_USAGE', { problem, command, suggestion: null })
}

/**
 * Finds a table by its name.
 * @param command for the hint
 * @throws RTB_COMMAND_USAGE with the name that was probably meant
 */
export function findTable<Table extends { readonly schema: string; readonly name: string }>(
  source: string,
  tables: readonly Table[],
  command: string,
): Table {
  const { schema, name } = parseTableName(source, command)
  const found = tables.find(table => table.schema === schema && table.name === name)
  if (found !== undefined) return found
  throw rtbridgeError('RTB_COMMAND_USAGE', {
    problem: `there is no table ${tableLabel({ schema, name })}`,
    command,
    suggestion: closestWord(tableLabel({ schema, name }), tables.map(tableLabel)),
  })
}
