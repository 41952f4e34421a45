import type { ConnectionInfo, Selection } from '../../state/answers.ts'
import { useTranslator } from '../../state/use-language.ts'

/** What a client wants to hear: each subscription in a line. */
export function ClientSelections({ connection }: { connection: ConnectionInfo }) {
  const { text } = useTranslator()
  const { selects, subscriptions } = connection
  if (subscriptions === 0) return <span class="dim">{text('app.none')}</span>
  const more = subscriptions - selects.length
  return (
    <ul class="plain">
      {selects.map(selection => (
        <li key={selection.id}>
          <bdi>{describe(selection) || text('clients.everything')}</bdi>
        </li>
      ))}
      {more > 0 && <li class="dim">{text('clients.more', { count: more })}</li>}
    </ul>
  )
}

function describe({ events, tables, channels, rooms, where }: Selection): string {
  const lists = [events, tables, channels, rooms].filter(list => list.length > 0).map(list => list.join(', '))
  return [...lists, ...(where === null ? [] : [where])].join(' · ')
}
