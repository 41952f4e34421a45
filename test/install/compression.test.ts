import { expect, test } from 'vitest'
import { describeEachMajor } from '../support/describe-each-major.ts'

describeEachMajor('large rows in the journal', async database => {
  test('are compressed with lz4 where the server can, else as it does by itself', async () => {
    const { rows: columns } = await database.query(
      `SELECT to_jsonb(a) ->> 'attcompression' AS method FROM pg_attribute a
        WHERE a.attrelid = 'rtbridge.journal'::regclass AND a.attname IN ('old_row', 'new_row')`,
    )
    const { rows: settings } = await database.query(
      `SELECT FROM pg_settings WHERE name = 'default_toast_compression' AND 'lz4' = ANY (enumvals)`,
    )
    // PostgreSQL 13 has no such choice.
    const own = columns[0]?.['method'] === null ? null : ''
    const method = settings.length > 0 ? 'l' : own
    expect(columns).toEqual([{ method }, { method }])
  })
})
