import type { Dispatch, StateUpdater } from 'preact/hooks'
import { useState } from 'preact/hooks'
import { ProblemNote } from '../../parts/problem-note.tsx'
import { RuleOutcomes } from '../../parts/rule-outcomes.tsx'
import { ask } from '../../state/api.ts'
import { indentJson } from '../../state/indent-json.ts'
import type { ChangeOutcome } from '../../state/outcome.ts'
import { useTranslator } from '../../state/use-language.ts'

const operations = ['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE'] as const

/** What is asked about; rows are text, so that their numbers keep all digits. */
interface Trial {
  readonly table: string
  readonly op: (typeof operations)[number]
  readonly old: string
  readonly new: string
}

/** The sides of a change that an operation has. */
function sidesOf(op: Trial['op']): readonly ('old' | 'new')[] {
  if (op === 'TRUNCATE') return []
  return op === 'UPDATE' ? ['old', 'new'] : [op === 'DELETE' ? 'old' : 'new']
}

/** Asks what the rules would make of a change that nobody has made. */
export function TryRow({ tables }: { tables: readonly string[] }) {
  const { text } = useTranslator()
  const [trial, setTrial] = useState<Trial>({ table: tables[0] ?? '', op: 'INSERT', old: '{}', new: '{}' })
  const [outcome, setOutcome] = useState<ChangeOutcome | null>(null)
  const [error, setError] = useState<unknown>(null)
  const explain = async (request: object) => {
    try {
      const found = await ask<ChangeOutcome>('/api/explain', request)
      setOutcome(found)
      setError(null)
      return found
    } catch (problem) {
      setOutcome(null)
      setError(problem)
      return null
    }
  }
  const run = () => {
    const sides = sidesOf(trial.op)
    const row = (side: 'old' | 'new') => (sides.includes(side) ? trial[side] : null)
    return explain({ from: 'row', table: trial.table, op: trial.op, old: row('old'), new: row('new') })
  }
  const takeLast = async () => {
    const found = await explain({ from: 'last', table: trial.table, op: trial.op })
    if (found === null) return
    const { old, new: after } = found.change
    setTrial(now => ({ ...now, old: indentJson(old ?? now.old), new: indentJson(after ?? now.new) }))
  }
  return (
    <section aria-labelledby="try">
      <h2 id="try">{text('try.title')}</h2>
      <p class="dim">{text('try.why')}</p>
      <form
        onSubmit={event => {
          event.preventDefault()
          void run()
        }}
      >
        <TrialFields trial={trial} setTrial={setTrial} tables={tables} />
        <p class="buttons">
          <button type="submit" class="primary">
            {text('try.run')}
          </button>
          <button type="button" onClick={() => void takeLast()}>
            {text('try.last')}
          </button>
        </p>
      </form>
      <div aria-live="polite">
        <ProblemNote error={error} />
        {outcome !== null && <RuleOutcomes outcome={outcome} />}
      </div>
    </section>
  )
}

function TrialFields({
  trial,
  setTrial,
  tables,
}: {
  trial: Trial
  setTrial: Dispatch<StateUpdater<Trial>>
  tables: readonly string[]
}) {
  const { text } = useTranslator()
  return (
    <>
      <div class="fields">
        <label>
          {text('live.table')}
          <select
            name="table"
            value={trial.table}
            onChange={({ currentTarget }) => setTrial({ ...trial, table: currentTarget.value })}
          >
            {tables.map(table => (
              <option key={table}>{table}</option>
            ))}
          </select>
        </label>
        <label>
          {text('try.operation')}
          <select
            name="op"
            value={trial.op}
            onChange={({ currentTarget }) => setTrial({ ...trial, op: currentTarget.value as Trial['op'] })}
          >
            {operations.map(op => (
              <option key={op}>{op}</option>
            ))}
          </select>
        </label>
      </div>
      <div class="fields">
        {sidesOf(trial.op).map(side => (
          <RowField
            key={side}
            side={side}
            row={trial[side]}
            onRow={row => setTrial({ ...trial, [side]: row })}
          />
        ))}
      </div>
    </>
  )
}

function RowField({ side, row, onRow }: { side: 'old' | 'new'; row: string; onRow: (row: string) => void }) {
  const { text } = useTranslator()
  const isWrong = !isObject(row)
  return (
    <div class="grow">
      <label for={`row-${side}`}>{text(`try.${side}`)}</label>
      <textarea
        id={`row-${side}`}
        class="code"
        dir="ltr"
        rows={8}
        spellcheck={false}
        value={row}
        aria-invalid={isWrong}
        aria-describedby={`row-${side}-problem`}
        onInput={({ currentTarget }) => onRow(currentTarget.value)}
      />
      <p id={`row-${side}-problem`} class="problem">
        {isWrong ? text('try.notJson') : ''}
      </p>
    </div>
  )
}

function isObject(text: string): boolean {
  try {
    const row: unknown = JSON.parse(text)
    return typeof row === 'object' && row !== null && !Array.isArray(row)
  } catch {
    return false
  }
}
