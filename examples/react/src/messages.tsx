import type { FormEvent } from 'react'
import { useState } from 'react'
import { clock } from './bookings.tsx'
import { useClient, useEventLog } from './hooks.ts'

interface Message {
  readonly id: string
  readonly at: string
  readonly text: string
}

/** What the desks tell each other. */
export function Messages() {
  const heard = useEventLog('DESK_MESSAGE', { limit: 20 }).map(
    ({ event_id, timestamp, data }): Message => ({ id: event_id, at: timestamp, text: data.text }),
  )
  // The hub does not send back to a desk what it has published itself.
  const [said, setSaid] = useState<readonly Message[]>([])
  const messages = [...heard, ...said].sort((one, other) => Date.parse(other.at) - Date.parse(one.at))
  return (
    <section aria-labelledby="messages">
      <h2 id="messages">Messages</h2>
      <MessageForm onSent={message => setSaid(before => [...before, message].slice(-20))} />
      <ol className="list" aria-live="polite">
        {messages.map(({ id, at, text }) => (
          <li key={id}>
            <time dateTime={at}>{clock(at)}</time>
            <span dir="auto" className="text">
              {text}
            </span>
          </li>
        ))}
      </ol>
    </section>
  )
}

function MessageForm({ onSent }: { onSent: (message: Message) => void }) {
  const client = useClient()
  const [text, setText] = useState('')
  const [problem, setProblem] = useState<string | null>(null)
  const [isBusy, setIsBusy] = useState(false)

  async function send(event: FormEvent) {
    event.preventDefault()
    if (text.trim() === '' || isBusy) return
    setIsBusy(true)
    try {
      await client.publish('DESK_MESSAGE', { text })
      onSent({ id: crypto.randomUUID(), at: new Date().toISOString(), text })
      setText('')
      setProblem(null)
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error))
    } finally {
      setIsBusy(false)
    }
  }

  return (
    <form onSubmit={send}>
      <label htmlFor="message">To all desks</label>
      <div className="row">
        <input
          id="message"
          dir="auto"
          maxLength={200}
          autoComplete="off"
          value={text}
          onChange={event => setText(event.target.value)}
          aria-describedby={problem === null ? undefined : 'problem'}
        />
        <button type="submit" disabled={isBusy}>
          Send
        </button>
      </div>
      {problem !== null && (
        <p id="problem" role="alert">
          {problem}
        </p>
      )}
    </form>
  )
}
