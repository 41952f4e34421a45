import { useState } from 'preact/hooks'
import { type Column, DataTable } from '../../parts/data-table.tsx'
import { ProblemNote } from '../../parts/problem-note.tsx'
import type { ConnectionInfo } from '../../state/answers.ts'
import { clientId } from '../../state/hub-client.ts'
import { useTranslator } from '../../state/use-language.ts'
import { usePoll } from '../../state/use-poll.ts'
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
  const { text, bytes, duration } = useTranslator()
  const nameOf = ({ app_name: app }: ConnectionInfo) => app ?? text('clients.unnamed')
  const isHere = (connection: ConnectionInfo) => connection.client_id === clientId
  const columns: readonly Column<ConnectionInfo>[] = [
    {
      name: text('clients.app'),
      show: connection => (
        <>
          <bdi>{nameOf(connection)}</bdi>{' '}
          {isHere(connection) && <span class="dim">({text('clients.here')})</span>}
        </>
      ),
    },
    {
      name: text('clients.user'),
      show: ({ user }) =>
        user === null ? <span class="dim">{text('clients.nobody')}</span> : <bdi>{user}</bdi>,
    },
    {
      name: text('clients.address'),
      show: ({ address, transport }) => (
        <>
          <bdi>{address}</bdi> <span class="dim">{transport === 'sse' ? 'SSE' : 'WebSocket'}</span>
        </>
      ),
    },
    {
      name: text('clients.state'),
      show: ({ state }) => <span class={`pill ${state}`}>{text(`clients.state.${state}`)}</span>,
    },
    {
      name: text('clients.subscriptions'),
      show: connection => <ClientSelections connection={connection} />,
    },
    { name: text('clients.lag'), show: ({ lag_ms: lag }) => (lag === 0 ? '–' : duration(lag)) },
    { name: text('clients.bytes'), show: ({ queued_bytes: queued }) => bytes(queued) },
    {
      name: text('clients.actions'),
      isButtons: true,
      show: connection => (
        <>
          <button
            type="button"
            aria-label={text('clients.messageOf', { app: nameOf(connection) })}
            onClick={() => onAsk({ about: connection, what: 'message' })}
          >
            {text('clients.message')}
          </button>
          <button
            type="button"
            class="danger"
            aria-label={text('clients.disconnectOf', { app: nameOf(connection) })}
            disabled={isHere(connection)}
            onClick={() => onAsk({ about: connection, what: 'disconnect' })}
          >
            {text('clients.disconnect')}
          </button>
        </>
      ),
    },
  ]
  return <DataTable columns={columns} rows={connections} keyOf={({ id }) => id} />
}
