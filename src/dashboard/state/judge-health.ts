import type { Translator } from '../../catalogue/translator.ts'
import type { Health, Journal } from './answers.ts'

export type Mark = 'ok' | 'warn' | 'fail'

/** How the hub is, in words. */
export interface Verdict {
  readonly mark: Mark
  readonly title: string
  readonly sentences: readonly { readonly mark: Mark; readonly text: string }[]
}

type Sentence = Verdict['sentences'][number]

/** Says in sentences how the hub is, the most important first. */
export function judgeHealth(health: Health, translator: Translator): Verdict {
  const { text } = translator
  const needsAttention = [health.problems.length, health.rule_failures.length, health.hub.behind]
  const isWarned = health.database.warning !== null || needsAttention.some(count => count > 0)
  const mark = health.state === 'stale' ? 'fail' : isWarned ? 'warn' : 'ok'
  const titles = { ok: 'verdict.well', warn: 'verdict.attention', fail: 'verdict.down' } as const
  return {
    mark,
    title: text(titles[mark]),
    sentences: [
      databaseSentence(health, translator),
      canarySentence(health, translator),
      ...clientSentences(health, translator),
      ...counted(translator, 'verdict.rules', 'warn', health.rule_failures.length),
      ...(health.journal === null ? [] : [journalSentence(health.journal, translator)]),
      ...counted(translator, 'verdict.hubs', 'ok', health.hubs.length),
    ],
  }
}

function databaseSentence({ database, stale_since: since }: Health, { text, time }: Translator): Sentence {
  if (!database.connected) {
    return { mark: 'fail', text: text('verdict.away', { time: since === null ? '' : time(since) }) }
  }
  if (database.pooled) return { mark: 'warn', text: text('verdict.pooled') }
  return { mark: 'ok', text: text(database.doorbell ? 'verdict.listening' : 'verdict.polling') }
}

function canarySentence({ canary, state, database }: Health, { text, duration }: Translator): Sentence {
  const { round_trip_ms: took } = canary
  if (took === null) return { mark: state === 'live' ? 'ok' : 'warn', text: text('verdict.noCanary') }
  const isLate = state === 'stale' && database.connected
  return { mark: isLate ? 'fail' : 'ok', text: text('verdict.canary', { duration: duration(took) }) }
}

function clientSentences({ hub }: Health, { text }: Translator): readonly Sentence[] {
  const behind: Sentence =
    hub.behind === 0
      ? { mark: 'ok', text: text('verdict.noneBehind') }
      : { mark: 'warn', text: text('verdict.behind', { count: hub.behind }) }
  return [{ mark: 'ok', text: text('verdict.clients', { count: hub.registered }) }, behind]
}

/** It is looked at once a minute: beside events that flow, the number of a moment ago would be wrong without its time. */
function journalSentence({ rows, measured_at: at }: Journal, { text, clock }: Translator): Sentence {
  return { mark: 'ok', text: text('verdict.journal', { count: rows, time: clock(at) }) }
}

function counted(
  { text }: Translator,
  key: 'verdict.rules' | 'verdict.hubs',
  mark: Mark,
  count: number,
): readonly Sentence[] {
  return count === 0 ? [] : [{ mark, text: text(key, { count }) }]
}
