import type { TestDatabase } from '../support/test-database.ts'

/** Books a seat as a desk's backend does. @returns the key of the booking */
export async function bookSeat(database: TestDatabase, plate: string): Promise<string> {
  const { rows } = await database.query<{ id: string }>(
    `INSERT INTO bookings (destination_id, vehicle_license_plate, seats_booked, total_amount)
     VALUES ('sfax', $1, 1, 13.20) RETURNING id`,
    [plate],
  )
  return rows[0]?.id ?? ''
}
