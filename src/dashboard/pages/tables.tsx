import { Cell } from '../parts/cell.tsx'
import { ProblemNote } from '../parts/problem-note.tsx'
import type { RuleInfo, TableInfo } from '../state/answers.ts'
import { useTranslator } from '../state/use-language.ts'
import { usePoll } from '../state/use-poll.ts'

interface TablesAnswer {
  readonly tables: readonly TableInfo[]
  readonly rules: readonly RuleInfo[]
}

/** What is captured, and what is made of it. */
export function TablesPage() {
  const { text } = useTranslator()
  const { answer, error } = usePoll<TablesAnswer>('/api/tables')
  if (answer === null) return error === null ? <p>{text('app.loading')}</p> : <ProblemNote error={error} />
  return (
    <>
      <p class="dim">{text('tables.since')}</p>
      <section aria-labelledby="tables">
        <h2 id="tables">{text('tables.tables')}</h2>
        {answer.tables.length === 0 ? <p>{text('tables.noTables')}</p> : <TableList tables={answer.tables} />}
      </section>
      <section aria-labelledby="rules">
        <h2 id="rules">{text('tables.rules')}</h2>
        {answer.rules.length === 0 ? <p>{text('tables.noRules')}</p> : <RuleList rules={answer.rules} />}
      </section>
    </>
  )
}

function TableList({ tables }: { tables: readonly TableInfo[] }) {
  const { text, number } = useTranslator()
  return (
    <div class="table">
      <table>
        <thead>
          <tr>
            <th scope="col">{text('live.table')}</th>
            <th scope="col">{text('tables.channel')}</th>
            <th scope="col">{text('tables.changes')}</th>
            <th scope="col">{text('tables.events')}</th>
            <th scope="col">{text('tables.last')}</th>
          </tr>
        </thead>
        <tbody>
          {tables.map(({ table, channel, changes, events, last_at: lastAt }) => (
            <tr key={table}>
              <th scope="row">
                <bdi>{table}</bdi>
              </th>
              <Cell name={text('tables.channel')}>
                <bdi>{channel ?? '–'}</bdi>
              </Cell>
              <Cell name={text('tables.changes')}>{number(changes)}</Cell>
              <Cell name={text('tables.events')}>{number(events)}</Cell>
              <Cell name={text('tables.last')}>
                <LastTime at={lastAt} />
              </Cell>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function RuleList({ rules }: { rules: readonly RuleInfo[] }) {
  const { text } = useTranslator()
  return (
    <div class="table">
      <table>
        <thead>
          <tr>
            <th scope="col">{text('live.event')}</th>
            <th scope="col">{text('live.table')}</th>
            <th scope="col">{text('tables.on')}</th>
            <th scope="col">{text('tables.when')}</th>
            <th scope="col">{text('tables.rooms')}</th>
            <th scope="col">{text('tables.events')}</th>
            <th scope="col">{text('tables.last')}</th>
            <th scope="col">{text('tables.source')}</th>
          </tr>
        </thead>
        <tbody>
          {rules.map(rule => (
            <RuleRow key={rule.source} rule={rule} />
          ))}
        </tbody>
      </table>
    </div>
  )
}

function RuleRow({ rule }: { rule: RuleInfo }) {
  const { text, number } = useTranslator()
  return (
    <tr>
      <th scope="row">
        <bdi>{rule.event_type}</bdi>
        {rule.failures > 0 && (
          <p class="problem">
            {text('tables.failures', { count: rule.failures })}: <bdi lang="en">{rule.last_failure}</bdi>
          </p>
        )}
      </th>
      <Cell name={text('live.table')}>
        <bdi>{rule.table}</bdi>
      </Cell>
      <Cell name={text('tables.on')}>
        <bdi>{rule.on.join(', ')}</bdi>
      </Cell>
      <Cell name={text('tables.when')}>
        {rule.when === null ? (
          <span class="dim">{text('tables.always')}</span>
        ) : (
          <code dir="ltr">{rule.when}</code>
        )}
      </Cell>
      <Cell name={text('tables.rooms')}>
        {rule.rooms.length === 0 ? (
          <span class="dim">{text('tables.everybody')}</span>
        ) : (
          <bdi>{rule.rooms.join(', ')}</bdi>
        )}
      </Cell>
      <Cell name={text('tables.events')}>{number(rule.events)}</Cell>
      <Cell name={text('tables.last')}>
        <LastTime at={rule.last_at} />
      </Cell>
      <Cell name={text('tables.source')}>
        <bdi class="dim">{rule.source}</bdi>
      </Cell>
    </tr>
  )
}

function LastTime({ at }: { at: string | null }) {
  const { text, time } = useTranslator()
  if (at === null) return <span class="dim">{text('tables.never')}</span>
  return <time dateTime={at}>{time(at)}</time>
}
