import type { Metric } from './metric.ts'
import { byLabel, counter, gauge } from './metric.ts'

/** Clients, what waits for them, and what was refused. */
export const clientMetrics: readonly Metric[] = [
  gauge('connections', 'Clients that are connected', ({ hub }) => hub.connections),
  gauge('registered_clients', 'Clients that have registered', ({ hub }) => hub.registered),
  gauge('subscriptions', 'Subscriptions of all clients', ({ hub }) => hub.subscriptions),
  gauge('profiles', 'Different selections of events among all clients', ({ hub }) => hub.profiles),
  gauge('clients_catching_up', 'Clients that are given the past', ({ hub }) => hub.catchingUp),
  gauge(
    'clients_behind',
    'Clients that were too slow and wait for their queue to empty',
    ({ hub }) => hub.behind,
  ),
  gauge('queue_bytes', 'Frames that wait for all clients', ({ hub }) => hub.queuedBytes),
  gauge('held_bytes', 'Events that conflated subscriptions hold back', ({ hub }) => hub.heldBytes),
  gauge('tail_bytes', 'Recent events kept in memory', ({ hub }) => hub.tailBytes),
  gauge('snapshots_reading', 'Reads of live tables under way', ({ hub }) => hub.snapshotsReading),
  gauge(
    'snapshots_waiting',
    'Reads of live tables that wait for their turn',
    ({ hub }) => hub.snapshotsWaiting,
  ),
  counter('connections_opened', 'Clients that connected', ({ hub }) => hub.counters.connectionsOpened),
  counter(
    'connections_refused',
    'Clients sent away because the hub was full, or about to stop',
    ({ hub }) => hub.counters.connectionsRefused,
  ),
  counter(
    'registrations',
    'Clients that registered: `fresh` at the present, `resumed` where they were, `gap` where they could not go on',
    ({ hub: { counters } }) =>
      byLabel({ fresh: counters.startedFresh, resumed: counters.resumed, gap: counters.startedAfterGap }),
    ['outcome'],
  ),
  counter(
    'gaps',
    'Gaps that clients were told of, by reason',
    ({ hub: { counters } }) =>
      byLabel({
        retention: counters.gapsRetention,
        capture: counters.gapsCapture,
        incarnation: counters.gapsIncarnation,
        unreadable: counters.gapsUnreadable,
        future: counters.gapsFuture,
      }),
    ['reason'],
  ),
  counter('replays', 'Reads of the journal for clients that came back', ({ hub }) => hub.counters.replays),
  counter(
    'replay_errors',
    'Reads of the journal for clients that failed, and were tried again',
    ({ hub }) => hub.counters.replayErrors,
  ),
  counter('clients_fell_behind', 'Times a client became too slow', ({ hub }) => hub.counters.fellBehind),
  counter('clients_stalled', 'Clients cut because they took nothing', ({ hub }) => hub.counters.stalled),
  counter(
    'clients_unread',
    'Clients cut because they did not read answers',
    ({ hub }) => hub.counters.repliesUnread,
  ),
  counter(
    'client_errors',
    'Messages of clients answered with an error',
    ({ hub }) => hub.counters.clientErrors,
  ),
  counter(
    'client_limits',
    'Messages of clients answered with: more than a client may have',
    ({ hub }) => hub.counters.limited,
  ),
  counter(
    'denials',
    'What was denied to those who had come in, by what they wanted and the code of the error',
    ({ denials }) => denials.map(({ action, code, count }) => ({ labels: [action, code], value: count })),
    ['action', 'code'],
  ),
  counter(
    'refused',
    'What was refused at the front door, by the code of the error',
    ({ door }) =>
      Object.entries(door?.refused ?? {}).map(([code, value]) => ({ labels: [code], value: value ?? 0 })),
    ['code'],
  ),
  gauge('door_connections', 'TCP connections, upgraded or not', ({ door }) => door?.connections ?? null),
  gauge(
    'half_open',
    'TCP connections that have not sent a whole request',
    ({ door }) => door?.half_open ?? null,
  ),
  counter(
    'half_open_cut',
    'TCP connections without a whole request that were cut to make room',
    ({ door }) => door?.half_open_cut ?? 0,
  ),
]
