import { useState } from 'preact/hooks'
import { Dialog } from '../../parts/dialog.tsx'
import { ProblemNote } from '../../parts/problem-note.tsx'
import type { ConnectionInfo } from '../../state/answers.ts'
import { ask } from '../../state/api.ts'
import { useTranslator } from '../../state/use-language.ts'

interface ClientDialogProps {
  readonly about: ConnectionInfo
  readonly onClose: () => void
}

/** Asks whether a client is really to be disconnected. */
export function DisconnectDialog({ about, onClose }: ClientDialogProps) {
  const { text } = useTranslator()
  const [error, setError] = useState<unknown>(null)
  const disconnect = async () => {
    try {
      await ask('/api/connections/disconnect', { connection: about.id })
      onClose()
    } catch (problem) {
      setError(problem)
    }
  }
  return (
    <Dialog title={text('clients.disconnectOf', { app: nameOf(about) })} onClose={onClose}>
      <p>{text('clients.disconnectWhy')}</p>
      <ProblemNote error={error} />
      <p class="buttons">
        <button type="button" class="danger" onClick={() => void disconnect()}>
          {text('clients.disconnect')}
        </button>
        <button type="button" onClick={onClose}>
          {text('app.cancel')}
        </button>
      </p>
    </Dialog>
  )
}

/** Sends a text to a client. */
export function MessageDialog({ about, onClose }: ClientDialogProps) {
  const { text } = useTranslator()
  const [words, setWords] = useState('')
  const [error, setError] = useState<unknown>(null)
  const [isDelivered, setDelivered] = useState<boolean | null>(null)
  const send = async (event: Event) => {
    event.preventDefault()
    try {
      const body = { connection: about.id, text: words }
      const { delivered } = await ask<{ delivered: boolean }>('/api/connections/message', body)
      setError(null)
      setDelivered(delivered)
    } catch (problem) {
      setError(problem)
    }
  }
  return (
    <Dialog title={text('clients.messageOf', { app: nameOf(about) })} onClose={onClose}>
      <form onSubmit={send}>
        <p id="message-why">{text('clients.messageWhy')}</p>
        <label for="message">{text('clients.text')}</label>
        <textarea
          id="message"
          dir="auto"
          rows={3}
          maxLength={2_000}
          required
          aria-describedby="message-why"
          value={words}
          onInput={event => setWords(event.currentTarget.value)}
        />
        <p role="status">
          {isDelivered === null ? '' : text(isDelivered ? 'clients.sent' : 'clients.notSent')}
        </p>
        <ProblemNote error={error} />
        <p class="buttons">
          <button type="submit" class="primary">
            {text('clients.send')}
          </button>
          <button type="button" onClick={onClose}>
            {text('app.close')}
          </button>
        </p>
      </form>
    </Dialog>
  )
}

function nameOf({ app_name: app, id }: ConnectionInfo): string {
  return app ?? id
}
