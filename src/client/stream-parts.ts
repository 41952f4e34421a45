import { clientError } from './client-errors.ts'
import type { Core, Extension } from './extension.ts'
import { callSafely } from './listeners.ts'
import type { StreamAnswer, StreamHost, StreamPart } from './stream-part.ts'

/** Feeds the things that keep state from the stream, such as live tables. */
export function createStreamParts(core: Core): StreamHost & Extension {
  const parts = new Map<string, StreamPart>()
  /** Which of the requests for a part is the last one. */
  const turns = new WeakMap<StreamPart, object>()
  let lastCheckpoint: string | null = null

  function each(work: (part: StreamPart) => void): void {
    for (const part of [...parts.values()]) callSafely(() => work(part), core.report)
  }

  function tell(part: StreamPart, answer: StreamAnswer): void {
    part.receive(answer)
    if (answer.type !== 'subscribed' || !answer.data.checkpoint) return
    const { cursor } = answer.data
    core.checkpoint(cursor)
    // All that came before it is up to there: a resume from an earlier cursor would lead through states that are past.
    core.cursor = cursor
  }

  function ask(part: StreamPart): void {
    const turn = {}
    turns.set(part, turn)
    const hear = (type: 'subscribed' | 'error') => (data: unknown) => {
      if (turns.get(part) === turn) tell(part, { type, data } as StreamAnswer)
    }
    core.requests.ask('subscribe', part.request(false), {
      answered: hear('subscribed'),
      refused: hear('error'),
    })
  }

  function renew(part: StreamPart): void {
    if (core.state === 'online' && parts.has(part.id)) ask(part)
  }

  function checkpoint(cursor: string): void {
    lastCheckpoint = cursor
    each(part => part.commit(cursor))
    each(part => part.notify())
  }

  return {
    report: core.report,
    now: core.environment.monotonicNow,
    later: (work, ms) => core.later(work, ms),
    renew,
    checkpoint,

    attach(part) {
      if (core.state === 'closed') {
        part.end(core.connection.status.error ?? clientError('RTB_CLIENT_CLOSED'))
        return
      }
      parts.set(part.id, part)
      renew(part)
      core.want()
    },

    detach(part) {
      turns.delete(part)
      if (parts.delete(part.id)) core.unsubscribe(part.id)
    },

    register: () => [...parts.values()].filter(({ isSettled }) => isSettled).map(part => part.request(true)),

    registered(sent, { resumed, cursor }) {
      // The hub's word of the gap follows, and then all of them begin anew.
      if (resumed === 'gap') return
      // Where nothing was missed there may be nothing to say for long: what is here is what was there.
      if (cursor === lastCheckpoint) checkpoint(cursor)
      each(part => {
        if (sent.has(part.id)) return
        if (part.isSettled) part.gap('refused')
        ask(part)
      })
    },

    event(event) {
      for (const id of event.subscriptions) parts.get(id)?.event(event)
    },

    receive({ message_type: type, data }) {
      if (type === 'snapshot' || type === 'snapshot_end' || type === 'subscribed') {
        const part = parts.get(data.id)
        if (part) tell(part, { type, data } as StreamAnswer)
      } else if (type === 'gap') {
        each(part => {
          part.gap(data.reason)
          ask(part)
        })
      }
    },

    lost: () => each(part => part.away()),
    ended: error => each(part => part.end(error)),
  }
}
