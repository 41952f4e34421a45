import type { Random } from './seeded-random.ts'
import { pickInteger, pickItem } from './seeded-random.ts'

/** A vehicle in a queue, as far as the traffic has to know it. */
export interface Vehicle {
  readonly id: string
  readonly plate: string
  readonly destination: string
  readonly freeSeats: number
  /** Open bookings, oldest first. */
  readonly bookings: readonly { readonly id: string; readonly seats: number }[]
}

/** What is in the station: for each destination its vehicles in the order in which they leave. */
export interface Station {
  readonly destinations: readonly string[]
  readonly vehicles: readonly Vehicle[]
}

/** Something that happens at the station. */
export type StationAction =
  | { readonly kind: 'enter'; readonly destination: string; readonly plate: string; readonly seats: number }
  | { readonly kind: 'book'; readonly vehicle: string; readonly seats: number; readonly phone: string }
  | { readonly kind: 'cancel'; readonly vehicle: string; readonly booking: string }
  | { readonly kind: 'depart'; readonly vehicle: string }

/** Vehicles wait in each queue up to about this many. */
const queueLength = 4
/** Passengers rarely come in larger groups. */
const largestGroup = 3
const cancelShare = 0.1
const enterShare = 0.15
/** A vehicle that is not full leaves as well, now and then: passengers do not wait for ever. */
const earlyDepartureShare = 0.03

/** Decides what happens next; a station without destinations has nothing to decide and gives null. */
export function chooseAction(station: Station, random: Random): StationAction | null {
  const destination = pickItem(random, station.destinations)
  if (destination === undefined) return null
  const queue = station.vehicles.filter(vehicle => vehicle.destination === destination)
  const [front] = queue
  const share = random()
  if (front === undefined || (share < enterShare && queue.length < queueLength))
    return enter(destination, random)
  if (front.freeSeats === 0) return { kind: 'depart', vehicle: front.id }
  const booking = pickItem(random, front.bookings)
  if (booking !== undefined && random() < cancelShare) {
    return { kind: 'cancel', vehicle: front.id, booking: booking.id }
  }
  if (booking !== undefined && random() < earlyDepartureShare) return { kind: 'depart', vehicle: front.id }
  return book(front, random)
}

/**
 * The station after an action.
 *
 * @param id of the row that the action made, as the database gave it
 */
export function applyAction(station: Station, action: StationAction, id: string): Station {
  switch (action.kind) {
    case 'enter': {
      const { plate, destination, seats } = action
      const vehicle = { id, plate, destination, freeSeats: seats, bookings: [] }
      return { ...station, vehicles: [...station.vehicles, vehicle] }
    }
    case 'book':
      return changeVehicle(station, action.vehicle, vehicle => ({
        ...vehicle,
        freeSeats: vehicle.freeSeats - action.seats,
        bookings: [...vehicle.bookings, { id, seats: action.seats }],
      }))
    case 'cancel':
      return changeVehicle(station, action.vehicle, vehicle => {
        const seats = vehicle.bookings.find(booking => booking.id === action.booking)?.seats ?? 0
        const bookings = vehicle.bookings.filter(booking => booking.id !== action.booking)
        return { ...vehicle, freeSeats: vehicle.freeSeats + seats, bookings }
      })
    case 'depart':
      return { ...station, vehicles: station.vehicles.filter(vehicle => vehicle.id !== action.vehicle) }
  }
}

function enter(destination: string, random: Random): StationAction {
  const plate = `${pickInteger(random, 100, 259)} TUN ${pickInteger(random, 1000, 9999)}`
  return { kind: 'enter', destination, plate, seats: 8 }
}

function book(vehicle: Vehicle, random: Random): StationAction {
  const seats = pickInteger(random, 1, Math.min(largestGroup, vehicle.freeSeats))
  // No subscriber's number begins with 0.
  const phone = `+216 0${pickInteger(random, 1_000_000, 9_999_999)}`
  return { kind: 'book', vehicle: vehicle.id, seats, phone }
}

function changeVehicle(station: Station, id: string, change: (vehicle: Vehicle) => Vehicle): Station {
  return {
    ...station,
    vehicles: station.vehicles.map(vehicle => (vehicle.id === id ? change(vehicle) : vehicle)),
  }
}
