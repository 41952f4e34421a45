import { useCallback, useEffect, useState } from 'preact/hooks'
import { checkTitle } from '../../catalogue/check-title.ts'
import type { MessageKey } from '../../catalogue/message.ts'
import { CopyButton } from '../parts/copy-button.tsx'
import { ProblemNote } from '../parts/problem-note.tsx'
import type { Report, ReportCheck } from '../state/answers.ts'
import { ask } from '../state/api.ts'
import { useTranslator } from '../state/use-language.ts'

/** A hub that waits for its database takes long. */
const patienceMs = 60_000

const marks = { ok: 'ok', warning: 'warn', problem: 'fail', skipped: 'skipped' } as const
const counts = [
  ['problem', 'doctor.problems'],
  ['warning', 'doctor.warnings'],
  ['ok', 'doctor.fine'],
  ['skipped', 'doctor.skipped'],
] as const

/** The doctor's checks as the hub sees them: the verdict, what needs attention with what mends it, then the rest. */
export function DoctorPage() {
  const { text } = useTranslator()
  const [report, setReport] = useState<Report | null>(null)
  const [error, setError] = useState<unknown>(null)
  const [isBusy, setBusy] = useState(false)
  const run = useCallback(async () => {
    setBusy(true)
    try {
      setReport(await ask<Report>('/api/doctor', {}, { timeoutMs: patienceMs }))
      setError(null)
    } catch (problem) {
      setError(problem)
    }
    setBusy(false)
  }, [])
  useEffect(() => void run(), [run])
  return (
    <>
      <div class="row">
        <p class="dim">{text('doctor.why')}</p>
        <button type="button" class="primary" disabled={isBusy} onClick={() => void run()}>
          {text('doctor.again')}
        </button>
      </div>
      <p role="status">{isBusy ? text('doctor.running') : ''}</p>
      <ProblemNote error={error} />
      {report !== null && <Findings report={report} />}
    </>
  )
}

function Findings({ report }: { report: Report }) {
  const { text, time } = useTranslator()
  const { state, checks, checked_at: at } = report
  const of = (wanted: ReportCheck['state']) => checks.filter(check => check.state === wanted)
  const urgent = [...of('problem'), ...of('warning')]
  return (
    <>
      <section class={`card verdict ${marks[state]}`} aria-labelledby="verdict">
        <h2 id="verdict">{text(`doctor.${state}`)}</h2>
        <ul>
          {counts
            .map(([wanted, key]) => ({ wanted, key, count: of(wanted).length }))
            .filter(({ count }) => count > 0)
            .map(({ wanted, key, count }) => (
              <li key={key} class={marks[wanted]}>
                {text(key, { count })}
              </li>
            ))}
        </ul>
        <p class="dim">{text('doctor.at', { time: time(at) })}</p>
      </section>
      {urgent.length > 0 && <CheckList id="attention" title="doctor.attention" checks={urgent} />}
      <CheckList id="rest" title="doctor.rest" checks={[...of('skipped'), ...of('ok')]} />
    </>
  )
}

function CheckList({
  id,
  title,
  checks,
}: {
  id: 'attention' | 'rest'
  title: MessageKey
  checks: readonly ReportCheck[]
}) {
  const translator = useTranslator()
  const { text } = translator
  return (
    <section aria-labelledby={id}>
      <h2 id={id}>{text(title)}</h2>
      <ul class={id === 'rest' ? 'checks many' : 'checks'}>
        {checks.map(check => (
          <li key={check.name} class={`judged ${marks[check.state]}`}>
            <h3>
              {checkTitle(check.name, translator)}{' '}
              <span class={`pill ${marks[check.state]}`}>{text(`doctor.state.${check.state}`)}</span>
            </h3>
            <Found check={check} />
          </li>
        ))}
      </ul>
    </section>
  )
}

/** In the words of the hub, which are English like those of its log. */
function Found({ check: { findings, found } }: { check: ReportCheck }) {
  const { text } = useTranslator()
  if (findings.length === 0) {
    return (
      <p class="dim" lang="en" dir="ltr">
        {found}
      </p>
    )
  }
  return (
    <>
      {findings.map(({ what, fix }) => (
        <div key={what} class="finding">
          <p lang="en" dir="ltr">
            {what}
          </p>
          {fix !== null && (
            <div class="fix" dir="ltr">
              <code lang="en">{fix}</code>
              <CopyButton value={fix} label={text('app.copy')} />
            </div>
          )}
        </div>
      ))}
    </>
  )
}
