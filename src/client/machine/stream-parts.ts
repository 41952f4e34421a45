import type { HubMessageData } from '../../protocol/messages.ts'
import { clientError } from '../api/client-errors.ts'
import { callSafely } from '../platform/listeners.ts'
import type { Core, Extension } from './extension.ts'
import type { StreamAnswer, StreamHost, StreamPart } from './stream-part.ts'

/** Feeds the things that keep state from the stream, such as live tables. */
export function createStreamParts(core: Core): StreamHost & Extension {
  const parts = new Map<string, StreamPart>()
  let lastCheckpoint: string | null = null

  /** Does something with all parts, then lets them tell of it: also those that have left because of it. */
  function tellEach(work: (part: StreamPart) => unknown): void {
    const all = [...parts.values()]
    for (const part of all) callSafely(() => work(part), core.report)
    for (const part of all) callSafely(() => part.notify(), core.report)
  }

  function checkpoint(cursor: string): void {
    lastCheckpoint = cursor
    tellEach(part => part.commit(cursor))
  }

  function receive(answer: StreamAnswer): void {
    const { type, data } = answer
    tellEach(part => part.id === data.id && part.receive(answer))
    if (type !== 'subscribed' || !data.checkpoint) return
    core.checkpoint(data.cursor)
    // All that came before it is up to there: a resume from an earlier cursor would lead through states that are past.
    core.cursor = data.cursor
  }

  function renew(part: StreamPart): void {
    if (core.state !== 'online' || !parts.has(part.id)) return
    core.requests.ask('subscribe', part.request(false), {
      answered: data => receive({ type: 'subscribed', data: data as HubMessageData['subscribed'] }),
      refused: error => tellEach(each => each === part && part.refused(error)),
    })
  }

  return {
    renew,
    checkpoint,

    add(part) {
      if (core.state === 'closed') {
        part.end(core.connection.status.error ?? clientError('RTB_CLIENT_CLOSED'))
        return
      }
      parts.set(part.id, part)
      renew(part)
      core.want()
    },

    remove({ id }) {
      if (parts.delete(id)) core.unsubscribe(id)
    },

    register: () => [...parts.values()].filter(({ isSettled }) => isSettled).map(part => part.request(true)),

    registered(sent, { resumed, cursor }) {
      // The hub's word of the gap follows, and then all of them begin anew.
      if (resumed === 'gap') return
      // Where nothing was missed there may be nothing to say for long: what is here is what was there.
      if (cursor === lastCheckpoint) checkpoint(cursor)
      tellEach(part => sent.has(part.id) || renew(part))
    },

    event(event) {
      for (const id of event.subscriptions) parts.get(id)?.event(event)
    },

    receive(message) {
      const { message_type: type, data } = message
      if (type === 'gap') tellEach(renew)
      // An answer names the subscription that it is about.
      else if (parts.has((data as Partial<StreamAnswer['data']>)?.id ?? ''))
        receive({ type, data } as StreamAnswer)
    },

    lost: () => tellEach(part => part.lost(core.cursor)),
    ended: error => tellEach(part => part.end(error)),
  }
}
