import { indentJson } from '../state/indent-json.ts'
import type { ChangeOutcome, RuleOutcome, Term } from '../state/outcome.ts'
import { decidingTerms } from '../state/outcome.ts'
import { useTranslator } from '../state/use-language.ts'
import { SourcePlace } from './source-place.tsx'

const marks: Readonly<Partial<Record<RuleOutcome['result'], string>>> = { fired: 'ok', failed: 'fail' }

/** Which rules made an event of a change, and why the others did not. */
export function RuleOutcomes({ outcome }: { outcome: ChangeOutcome }) {
  const { text } = useTranslator()
  const { change, left_out: leftOut, rules } = outcome
  if (change.op === 'PUBLISH') return <p class="dim">{text('why.published')}</p>
  return (
    <>
      {leftOut !== null && <p class="note warn">{text(`why.${leftOut}`)}</p>}
      {change.truncated && <p class="note warn">{text('why.truncated')}</p>}
      {rules.length === 0 && <p class="dim">{text('why.noRules')}</p>}
      <ul class="checks">
        {rules.map(rule => (
          <li key={rule.location} class={`judged ${marks[rule.result] ?? ''}`}>
            <p class="head">
              <bdi class="type">{rule.event_type}</bdi>
              <span class={`pill ${marks[rule.result] ?? ''}`}>{text(`why.result.${rule.result}`)}</span>
              <SourcePlace place={rule.location} />
            </p>
            <Reason rule={rule} op={change.op} />
          </li>
        ))}
      </ul>
    </>
  )
}

function Reason({ rule, op }: { rule: RuleOutcome; op: string }) {
  const { text } = useTranslator()
  const { result, on, when, failure } = rule
  if (result === 'left-out') return null
  if (result === 'other-operation') {
    return <p>{text('why.on', { on: on.join(', ').toUpperCase(), op })}</p>
  }
  return (
    <>
      {failure !== null && (
        <p class="problem">
          <bdi>{failure.field}</bdi>:{' '}
          <bdi lang="en" dir="ltr">
            {failure.message}
          </bdi>
        </p>
      )}
      {when === null ? (
        failure === null && <p class="dim">{text('why.always')}</p>
      ) : (
        <Condition when={when} />
      )}
      <Sends rule={rule} />
    </>
  )
}

function Condition({ when }: { when: Term }) {
  const { text } = useTranslator()
  const deciding = decidingTerms(when)
  return (
    <>
      <p>
        <span class="dim">{text('why.condition')}</span> <code dir="ltr">{when.text}</code>
      </p>
      <p class="dim">{text('why.decides')}</p>
      <ul class="terms" dir="ltr">
        {deciding.map(term => (
          <li key={term.text}>
            <code>{term.text}</code> → <code>{term.value ?? term.problem ?? '…'}</code>
            {term.reads.map(({ path, value, note }) => (
              <p key={path} class="dim">
                <code>{path}</code> = {value === null ? <Note note={note} /> : <code>{value}</code>}
              </p>
            ))}
          </li>
        ))}
      </ul>
    </>
  )
}

function Note({ note }: { note: Term['reads'][number]['note'] }) {
  const { text } = useTranslator()
  return <bdi>{text(`why.${note ?? 'too-long'}`)}</bdi>
}

function Sends({ rule: { sends } }: { rule: RuleOutcome }) {
  const { text } = useTranslator()
  if (sends === null) return null
  const { rooms, roles, data } = sends
  const to = rooms === null ? text('tables.everybody') : rooms.join(', ') || text('why.nobody')
  return (
    <>
      <p>
        <span class="dim">{text('why.to')}</span> <bdi>{to}</bdi>
        {roles !== null && (
          <>
            {' · '}
            <span class="dim">{text('why.roles')}</span> <bdi>{roles.join(', ')}</bdi>
          </>
        )}
      </p>
      <details>
        <summary>{text('why.sends')}</summary>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached with the keyboard */}
        <pre dir="ltr" tabIndex={0}>
          {indentJson(data)}
        </pre>
      </details>
    </>
  )
}
