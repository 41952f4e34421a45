import { destinationName } from './destinations.ts'
import { useLiveTable } from './hooks.ts'
import type { VehicleQueue } from './rtbridge-types.ts'

/** The vehicles that wait, by destination, the next one to leave first. */
export function Queue() {
  const { rows, state, error } = useLiveTable('vehicle_queue', {
    orderBy: ['destination_id', 'queue_position'],
  })
  const byDestination = Map.groupBy(rows, row => row.destination_id)
  return (
    <section
      aria-labelledby="queue"
      aria-busy={state === 'loading'}
      className={state === 'stale' ? 'stale' : ''}
    >
      <h2 id="queue">Departures</h2>
      {state === 'stale' && <p className="note">As it was when the connection was lost.</p>}
      {state === 'failed' && <p className="empty">{error?.message}</p>}
      {state === 'loading' && rows.length === 0 && <p className="empty">Loading …</p>}
      {state === 'live' && rows.length === 0 && <p className="empty">No vehicle waits.</p>}
      <div className="destinations">
        {[...byDestination].map(([id, vehicles]) => (
          <Destination key={id} id={id} vehicles={vehicles} />
        ))}
      </div>
    </section>
  )
}

function Destination({ id, vehicles }: { id: string; vehicles: readonly VehicleQueue[] }) {
  const { name, nameAr } = destinationName(id)
  return (
    <table>
      <caption>
        <span dir="auto">{name}</span>{' '}
        {nameAr !== null && (
          <span lang="ar" dir="auto">
            {nameAr}
          </span>
        )}
      </caption>
      <thead>
        <tr>
          <th scope="col" className="position">
            <span className="hidden">Position</span>
          </th>
          <th scope="col">Vehicle</th>
          <th scope="col">Free</th>
          <th scope="col">Status</th>
        </tr>
      </thead>
      <tbody>
        {vehicles.map(vehicle => (
          <Vehicle key={vehicle.id} vehicle={vehicle} />
        ))}
      </tbody>
    </table>
  )
}

function Vehicle({ vehicle }: { vehicle: VehicleQueue }) {
  const { queue_position, license_plate, available_seats, total_seats, status } = vehicle
  const taken = total_seats - available_seats
  return (
    <tr>
      <td className="position">{queue_position}</td>
      <th scope="row">
        <bdi>{license_plate}</bdi>
      </th>
      <td>
        <span className="seats">
          <meter max={total_seats} value={taken} aria-label={`${taken} of ${total_seats} seats taken`} />
          {available_seats}
        </span>
      </td>
      <td>
        <span className={`state ${status.toLowerCase()}`}>{status.toLowerCase()}</span>
      </td>
    </tr>
  )
}
