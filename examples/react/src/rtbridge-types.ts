/* eslint-disable */
// Made from the database and rtbridge.yaml; what is changed by hand is lost. To make it anew:
//   rtbridge types --out <this file>

/** A row of bookings. */
export interface Bookings {
  /** uuid */
  id: string
  /** text */
  destination_id: string
  /** uuid */
  queue_id: string | null
  /** text */
  vehicle_license_plate: string
  /** smallint */
  seats_booked: number
  /** numeric(10,2) */
  total_amount: number
  /** text */
  status: string
  /** text */
  booked_by: string | null
  /** timestamp with time zone */
  created_at: string
  /** timestamp with time zone */
  cancelled_at: string | null
}

/** A row of day_passes. */
export interface DayPasses {
  /** uuid */
  id: string
  /** text */
  license_plate: string
  /** date */
  valid_on: string
  /** numeric(10,2) */
  amount: number
  /** text */
  status: string
  /** text */
  issued_by: string | null
  /** timestamp with time zone */
  issued_at: string
}

/** A row of exit_passes. */
export interface ExitPasses {
  /** uuid */
  id: string
  /** text */
  destination_id: string
  /** text */
  license_plate: string
  /** smallint */
  seats_taken: number
  /** numeric(10,2) */
  total_amount: number
  /** text */
  issued_by: string | null
  /** timestamp with time zone */
  issued_at: string
}

/** A row of vehicle_queue. */
export interface VehicleQueue {
  /** uuid */
  id: string
  /** text */
  destination_id: string
  /** text */
  license_plate: string
  /** integer */
  queue_position: number
  /** smallint */
  total_seats: number
  /** smallint */
  available_seats: number
  /** text */
  status: string
  /** timestamp with time zone */
  entered_at: string
}

/** What `createClient<Schema>` knows of tables and events. */
export interface Schema {
  tables: {
    bookings: Bookings
    day_passes: DayPasses
    exit_passes: ExitPasses
    vehicle_queue: VehicleQueue
  }
  events: {
    BOOKING_CANCELLED: { data: Bookings; table: 'bookings'; op: 'UPDATE' | 'DELETE' }
    BOOKING_CREATED: { data: Bookings; table: 'bookings'; op: 'INSERT' }
    DAY_PASS_ISSUED: { data: DayPasses; table: 'day_passes'; op: 'INSERT' }
    DAY_PASS_REVOKED: { data: DayPasses; table: 'day_passes'; op: 'UPDATE' }
    EXIT_PASS_ISSUED: { data: ExitPasses; table: 'exit_passes'; op: 'INSERT' }
    SEATS_LEFT: { data: { plate: string; seats: number }; table: 'vehicle_queue'; op: 'UPDATE' }
    VEHICLE_ENTERED: { data: VehicleQueue; table: 'vehicle_queue'; op: 'INSERT' }
    VEHICLE_EXITED: { data: VehicleQueue; table: 'vehicle_queue'; op: 'DELETE' }
    VEHICLE_UPDATED: { data: VehicleQueue; table: 'vehicle_queue'; op: 'UPDATE' }
  }
}
