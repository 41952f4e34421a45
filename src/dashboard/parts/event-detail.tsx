import type { ComponentChildren } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { MessageKey } from '../../catalogue/message.ts'
import { ask } from '../state/api.ts'
import type { CopyForm } from '../state/copy-as.ts'
import { copyAs } from '../state/copy-as.ts'
import { copyText } from '../state/copy-text.ts'
import type { SeenEvent } from '../state/event-log.ts'
import type { ChangeOutcome } from '../state/outcome.ts'
import { readToken } from '../state/session.ts'
import { useTranslator } from '../state/use-language.ts'
import { ProblemNote } from './problem-note.tsx'
import { RuleOutcomes } from './rule-outcomes.tsx'

const forms: readonly (readonly [CopyForm, MessageKey])[] = [
  ['sql', 'live.copySql'],
  ['typescript', 'live.copyTypescript'],
  ['curl', 'live.copyCurl'],
  ['json', 'live.copyJson'],
]

/** Everything about one event, and ways to take it along. */
export function EventDetail({ event }: { event: SeenEvent }) {
  const { text, time } = useTranslator()
  return (
    <div class="detail">
      <dl>
        <Fact name={text('live.time')}>{time(event.timestamp)}</Fact>
        <Fact name={text('live.position')}>{event.seq}</Fact>
        <Fact name={text('live.transaction')}>{event.tx}</Fact>
        <Fact name={text('live.origin')}>{event.origin}</Fact>
      </dl>
      <Json name={text('live.data')} value={event.data} />
      {event.old_data !== undefined && <Json name={text('live.before')} value={event.old_data} />}
      <CopyButtons event={event} />
      {event.seq !== null && event.tx !== null && <Why seq={event.seq} tx={event.tx} />}
    </div>
  )
}

/** Which rules made an event of the change behind this one. */
function Why({ seq, tx }: { seq: string; tx: string }) {
  const { text } = useTranslator()
  const [outcome, setOutcome] = useState<ChangeOutcome | null>(null)
  const [error, setError] = useState<unknown>(null)
  useEffect(() => {
    ask<ChangeOutcome>('/api/explain', { from: 'journal', seq, tx }).then(setOutcome, setError)
  }, [seq, tx])
  return (
    <section>
      <h3>{text('why.title')}</h3>
      <ProblemNote error={error} />
      {outcome !== null && <RuleOutcomes outcome={outcome} />}
    </section>
  )
}

function CopyButtons({ event }: { event: SeenEvent }) {
  const { text } = useTranslator()
  const [copied, setCopied] = useState<CopyForm | null>(null)
  const copy = async (form: CopyForm) => {
    const options = { origin: location.origin, isSignedIn: readToken() !== null }
    setCopied((await copyText(copyAs(event, form, options))) ? form : null)
  }
  return (
    <p class="buttons">
      {forms.map(([form, label]) => (
        <button key={form} type="button" onClick={() => void copy(form)}>
          {text(label)}
        </button>
      ))}
      <span role="status">{copied === null ? '' : text('live.copied')}</span>
    </p>
  )
}

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  if (children === null) return null
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <bdi>{children}</bdi>
      </dd>
    </div>
  )
}

function Json({ name, value }: { name: string; value: unknown }) {
  return (
    <figure>
      <figcaption>{name}</figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached with the keyboard */}
      <pre dir="ltr" tabIndex={0}>
        {JSON.stringify(value, null, 2)}
      </pre>
    </figure>
  )
}
