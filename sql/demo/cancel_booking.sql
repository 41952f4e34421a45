-- Cancels a booking and gives its seats back to the vehicle, in one statement.
-- Parameters: $1 uuid booking.
-- Returns: id uuid, of the booking; no row when it was not open any more.
-- Locks: the booking and the queue row. Relies on: the primary keys of both tables.
WITH cancelled AS (
    UPDATE public.bookings
       SET status = 'CANCELLED', cancelled_at = now()
     WHERE id = $1::uuid AND status = 'CONFIRMED'
    RETURNING id, queue_id, seats_booked
), vehicle AS (
    UPDATE public.vehicle_queue
       SET available_seats = available_seats + cancelled.seats_booked, status = 'LOADING'
      FROM cancelled
     WHERE vehicle_queue.id = cancelled.queue_id
)
SELECT id FROM cancelled
