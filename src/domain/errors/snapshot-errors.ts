import { define } from './define.ts'

/** The author of a connected app has to act: a live table cannot be had as it was asked for. */
export const snapshotErrors = {
  RTB_SNAPSHOT_TABLE: define<{ table: string; suggestion: string | null }>({
    actor: 'client-author',
    message: ({ table }) => `there is no captured table ${quote(table)}`,
    hint: ({ suggestion }) =>
      suggestion === null
        ? 'name one table as its events do: `name` in schema public, else `schema.name`; its triggers have to be installed'
        : `did you mean ${quote(suggestion)}?`,
  }),
  RTB_SNAPSHOT_KEY: define<{ table: string }>({
    actor: 'client-author',
    message: ({ table }) => `table ${quote(table)} has no primary key, so its rows cannot be told apart`,
    hint: () => 'ask for a primary key, and for `rtbridge install-triggers` after it',
  }),
  RTB_SNAPSHOT_COLUMN: define<{ table: string; column: string; suggestion: string | null }>({
    actor: 'client-author',
    message: ({ table, column }) => `table ${quote(table)} has no column ${quote(column)}`,
    hint: ({ suggestion }) =>
      suggestion === null
        ? 'part 0 of a snapshot without `columns` names the columns there are'
        : `did you mean ${quote(suggestion)}?`,
  }),
  RTB_SNAPSHOT_ORDER: define<{ table: string; column: string; type: string }>({
    actor: 'client-author',
    message: ({ table, column, type }) =>
      `column ${quote(column)} of table ${quote(table)} is ${type}, which rows cannot be ordered by`,
    hint: () => 'order by a whole or exact number, a text, boolean, uuid, date or timestamp',
  }),
  RTB_SNAPSHOT_UNREADABLE: define<{ table: string }>({
    actor: 'client-author',
    message: ({ table }) => `the hub may not read table ${quote(table)}`,
    hint: () =>
      'ask who runs the hub to give its database role SELECT on the table, and BYPASSRLS where the table has row security',
  }),
  RTB_SNAPSHOT_FAILED: define<{ table: string }>({
    actor: 'client-author',
    message: ({ table }) => `the rows of table ${quote(table)} could not be read`,
    hint: () => 'subscribe again in a while; the log of the hub says what was wrong',
  }),
  RTB_SNAPSHOT_IN_THE_WAY: define<{ table: string }>({
    actor: 'operator',
    message: ({ table }) =>
      `the rows of table ${quote(table)} were not read to the end, because a TRUNCATE or ALTER TABLE waited for it`,
    hint: () => 'nothing to do when it is rare: they are read anew, three times in all',
  }),
  RTB_SNAPSHOT_SLOW: define<{ table: string }>({
    actor: 'client-author',
    message: ({ table }) => `the rows of table ${quote(table)} were not taken fast enough, again and again`,
    hint: () => 'subscribe again with a `where`, `columns` or `limit`, or on a faster connection',
  }),
  RTB_SNAPSHOT_WORK: define<{ table: string; id: string }>({
    actor: 'client-author',
    message: ({ table, id }) =>
      `whether row ${quote(id)} of table ${quote(table)} belongs to the live table takes too much work to tell`,
    hint: () =>
      'put a cheap comparison with && before each loop of `where`, or loop over smaller lists; `limits.filter_work` of the hub is how much it may take',
  }),
  RTB_SNAPSHOT_LIMIT: define<{ limit: number }>({
    actor: 'client-author',
    message: ({ limit }) => `${limit} snapshots wait to be read already`,
    hint: () => 'subscribe again in a while; `limits.snapshots_waiting` of the hub is how many may wait',
  }),
} as const

/** What a client sent, or a name in its database: quoted, so that control characters stay visible, and short. */
function quote(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 99)}…` : text)
}
