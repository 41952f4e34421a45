-- Books seats in a vehicle and takes them from its free ones, in one statement: both or neither.
-- Parameters: $1 uuid queue entry, $2 smallint seats, $3 text phone number of the customer, $4 text number of the
-- staff member.
-- Returns: id uuid, of the booking; no row when the vehicle has left or has too few free seats.
-- Locks: the queue row. Relies on: the primary key of vehicle_queue.
WITH vehicle AS (
    UPDATE public.vehicle_queue
       SET available_seats = available_seats - $2::smallint,
           status = CASE WHEN available_seats = $2::smallint THEN 'READY' ELSE 'LOADING' END
     WHERE id = $1::uuid AND available_seats >= $2::smallint
    RETURNING id, destination_id, license_plate
)
INSERT INTO public.bookings
       (destination_id, queue_id, vehicle_license_plate, seats_booked, total_amount, customer_phone, booked_by)
SELECT vehicle.destination_id, vehicle.id, vehicle.license_plate, $2::smallint, destinations.seat_price * $2::smallint,
       $3::text, $4::text
  FROM vehicle JOIN public.destinations ON destinations.id = vehicle.destination_id
RETURNING id
