import { useState } from 'preact/hooks'
import { Cell } from '../parts/cell.tsx'
import { ProblemNote } from '../parts/problem-note.tsx'
import type { ConnectionInfo } from '../state/answers.ts'
import { clientId } from '../state/hub-client.ts'
import { useTranslator } from '../state/use-language.ts'
import { usePoll } from '../state/use-poll.ts'
import { DisconnectDialog, MessageDialog } from './client-dialogs.tsx'
import { ClientSelections } from './client-selections.tsx'

type Asked = { readonly about: ConnectionInfo; readonly what: 'disconnect' | 'message' }

/** Who is connected to this hub. */
export function ClientsPage() {
  const { text } = useTranslator()
  const [asked, setAsked] = useState<Asked | null>(null)
  const { answer, error, refresh } = usePoll<{ connections: readonly ConnectionInfo[] }>('/api/connections')
  if (answer === null) return error === null ? <p>{text('app.loading')}</p> : <ProblemNote error={error} />
  const close = () => {
    setAsked(null)
    refresh()
  }
  return (
    <>
      <p class="dim">{text('clients.count', { count: answer.connections.length })}</p>
      {answer.connections.length === 0 ? (
        <p class="empty">{text('clients.empty')}</p>
      ) : (
        <ClientTable connections={answer.connections} onAsk={setAsked} />
      )}
      {asked?.what === 'disconnect' && <DisconnectDialog about={asked.about} onClose={close} />}
      {asked?.what === 'message' && <MessageDialog about={asked.about} onClose={close} />}
    </>
  )
}

function ClientTable({
  connections,
  onAsk,
}: {
  connections: readonly ConnectionInfo[]
  onAsk: (asked: Asked) => void
}) {
  const { text } = useTranslator()
  return (
    <div class="table">
      <table>
        <thead>
          <tr>
            <th scope="col">{text('clients.app')}</th>
            <th scope="col">{text('clients.user')}</th>
            <th scope="col">{text('clients.address')}</th>
            <th scope="col">{text('clients.state')}</th>
            <th scope="col">{text('clients.subscriptions')}</th>
            <th scope="col">{text('clients.lag')}</th>
            <th scope="col">{text('clients.bytes')}</th>
            <th scope="col">{text('clients.actions')}</th>
          </tr>
        </thead>
        <tbody>
          {connections.map(connection => (
            <ClientRow key={connection.id} connection={connection} onAsk={onAsk} />
          ))}
        </tbody>
      </table>
    </div>
  )
}

function ClientRow({ connection, onAsk }: { connection: ConnectionInfo; onAsk: (asked: Asked) => void }) {
  const { text, bytes, duration } = useTranslator()
  const { app_name: app, user, address, state, transport, lag_ms: lagMs, queued_bytes: queued } = connection
  const name = app ?? text('clients.unnamed')
  const isHere = connection.client_id === clientId
  return (
    <tr>
      <th scope="row">
        <bdi>{name}</bdi> {isHere && <span class="dim">({text('clients.here')})</span>}
      </th>
      <Cell name={text('clients.user')}>
        {user === null ? <span class="dim">{text('clients.nobody')}</span> : <bdi>{user}</bdi>}
      </Cell>
      <Cell name={text('clients.address')}>
        <bdi>{address}</bdi> <span class="dim">{transport === 'sse' ? 'SSE' : 'WebSocket'}</span>
      </Cell>
      <Cell name={text('clients.state')}>
        <span class={`pill ${state}`}>{text(`clients.state.${state}`)}</span>
      </Cell>
      <Cell name={text('clients.subscriptions')}>
        <ClientSelections connection={connection} />
      </Cell>
      <Cell name={text('clients.lag')}>{lagMs === 0 ? '–' : duration(lagMs)}</Cell>
      <Cell name={text('clients.bytes')}>{bytes(queued)}</Cell>
      <td class="buttons">
        <button
          type="button"
          aria-label={text('clients.messageOf', { app: name })}
          onClick={() => onAsk({ about: connection, what: 'message' })}
        >
          {text('clients.message')}
        </button>
        <button
          type="button"
          class="danger"
          aria-label={text('clients.disconnectOf', { app: name })}
          disabled={isHere}
          onClick={() => onAsk({ about: connection, what: 'disconnect' })}
        >
          {text('clients.disconnect')}
        </button>
      </td>
    </tr>
  )
}
