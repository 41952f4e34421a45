import { type Column, DataTable } from '../../parts/data-table.tsx'
import { ProblemNote } from '../../parts/problem-note.tsx'
import { SourcePlace } from '../../parts/source-place.tsx'
import type { RuleInfo, TableInfo } from '../../state/answers.ts'
import { useTranslator } from '../../state/use-language.ts'
import { usePoll } from '../../state/use-poll.ts'
import { TryRow } from './try-row.tsx'

interface TablesAnswer {
  readonly tables: readonly TableInfo[]
  readonly rules: readonly RuleInfo[]
}

/** What is captured, and what is made of it. */
export function TablesPage() {
  const { text } = useTranslator()
  const { answer, error } = usePoll<TablesAnswer>('/api/tables')
  if (answer === null) return error === null ? <p>{text('app.loading')}</p> : <ProblemNote error={error} />
  const { tables, rules } = answer
  return (
    <>
      <p class="dim">{text('tables.since')}</p>
      <section aria-labelledby="tables">
        <h2 id="tables">{text('tables.tables')}</h2>
        {tables.length === 0 ? <p>{text('tables.noTables')}</p> : <TableList tables={tables} />}
      </section>
      <section aria-labelledby="rules">
        <h2 id="rules">{text('tables.rules')}</h2>
        {rules.length === 0 ? <p>{text('tables.noRules')}</p> : <RuleList rules={rules} />}
      </section>
      {tables.length > 0 && <TryRow tables={tables.map(({ table }) => table)} />}
    </>
  )
}

function TableList({ tables }: { tables: readonly TableInfo[] }) {
  const { text, number } = useTranslator()
  const columns: readonly Column<TableInfo>[] = [
    { name: text('live.table'), show: ({ table }) => <bdi>{table}</bdi> },
    { name: text('tables.channel'), show: ({ channel }) => <bdi>{channel ?? '–'}</bdi> },
    { name: text('tables.changes'), show: ({ changes }) => number(changes) },
    { name: text('tables.events'), show: ({ events }) => number(events) },
    { name: text('tables.last'), show: ({ last_at: at }) => <LastTime at={at} /> },
  ]
  return <DataTable columns={columns} rows={tables} keyOf={({ table }) => table} />
}

function RuleList({ rules }: { rules: readonly RuleInfo[] }) {
  const { text, number } = useTranslator()
  const columns: readonly Column<RuleInfo>[] = [
    { name: text('live.event'), show: rule => <RuleName rule={rule} /> },
    { name: text('live.table'), show: ({ table }) => <bdi>{table}</bdi> },
    { name: text('tables.on'), show: ({ on }) => <bdi>{on.join(', ')}</bdi> },
    {
      name: text('tables.when'),
      isWide: true,
      show: ({ when }) =>
        when === null ? <span class="dim">{text('tables.always')}</span> : <code dir="ltr">{when}</code>,
    },
    {
      name: text('tables.rooms'),
      show: ({ rooms }) =>
        rooms.length === 0 ? (
          <span class="dim">{text('tables.everybody')}</span>
        ) : (
          <bdi>{rooms.join(', ')}</bdi>
        ),
    },
    { name: text('tables.events'), show: ({ events }) => number(events) },
    { name: text('tables.last'), show: ({ last_at: at }) => <LastTime at={at} /> },
  ]
  return <DataTable columns={columns} rows={rules} keyOf={({ source }) => source} />
}

function RuleName({ rule }: { rule: RuleInfo }) {
  const { text } = useTranslator()
  return (
    <>
      <bdi>{rule.event_type}</bdi>
      <p class="place">
        <SourcePlace place={rule.source} />
      </p>
      {rule.failures > 0 && (
        <p class="problem">
          {text('tables.failures', { count: rule.failures })}: <bdi lang="en">{rule.last_failure}</bdi>
        </p>
      )}
    </>
  )
}

function LastTime({ at }: { at: string | null }) {
  const { text, time } = useTranslator()
  if (at === null) return <span class="dim">{text('tables.never')}</span>
  return <time dateTime={at}>{time(at)}</time>
}
