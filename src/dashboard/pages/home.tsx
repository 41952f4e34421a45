import { Sparkline } from '../parts/sparkline.tsx'
import type { Health } from '../state/answers.ts'
import { judgeHealth } from '../state/judge-health.ts'
import type { Samples } from '../state/samples.ts'
import { useTranslator } from '../state/use-language.ts'

/** How the hub is, in sentences, then what it does. */
export function HomePage({ health, samples }: { health: Health | null; samples: Samples }) {
  const { text } = useTranslator()
  if (health === null) return <p>{text('app.loading')}</p>
  return (
    <>
      <VerdictCard health={health} />
      <Problems health={health} />
      <Activity samples={samples} />
    </>
  )
}

function VerdictCard({ health }: { health: Health }) {
  const translator = useTranslator()
  const { mark, title, sentences } = judgeHealth(health, translator)
  const { text, time } = translator
  return (
    <section class={`card verdict ${mark}`} aria-labelledby="verdict">
      <h2 id="verdict">{title}</h2>
      <ul>
        {sentences.map(sentence => (
          <li key={sentence.text} class={sentence.mark}>
            {sentence.text}
          </li>
        ))}
      </ul>
      <p class="dim">
        {text('verdict.since', { time: time(health.started_at), version: health.hub_version })}
      </p>
    </section>
  )
}

function Problems({ health }: { health: Health }) {
  const { text } = useTranslator()
  const { error, warning } = health.database
  const problems = [error, warning, ...health.problems].filter(problem => problem !== null)
  if (problems.length + health.rule_failures.length === 0) return null
  return (
    <section aria-labelledby="problems">
      <h2 id="problems">{text('home.problems')}</h2>
      <ul class="problems" lang="en" dir="ltr">
        {problems.map(({ code, message, hint }) => (
          <li key={code} class="note warn">
            <code>{code}</code> {message}
            <p>{hint}</p>
          </li>
        ))}
        {health.rule_failures.map(({ table, eventType, field, message }) => (
          <li key={`${table} ${eventType} ${field}`} class="note warn">
            <code>{eventType}</code> ({table}, {field}): {message}
          </li>
        ))}
      </ul>
    </section>
  )
}

function Activity({ samples }: { samples: Samples }) {
  const { text, number, bytes, duration } = useTranslator()
  const lines = [
    [text('home.events'), samples.events, number],
    [text('home.delivered'), samples.delivered, number],
    [text('home.clients'), samples.clients, number],
    [text('home.queued'), samples.queued, bytes],
    [text('home.canary'), samples.canary, duration],
  ] as const
  return (
    <section aria-labelledby="activity">
      <h2 id="activity">{text('home.activity')}</h2>
      <p class="dim">{text('home.window')}</p>
      <dl class="figures">
        {lines.map(([name, values, format]) => (
          <div key={name} class="card">
            <dt>{name}</dt>
            <dd>
              <span class="figure">{format(values.at(-1) ?? 0)}</span>
              <Sparkline values={values} />
            </dd>
          </div>
        ))}
      </dl>
    </section>
  )
}
