-- Lets a vehicle leave: an exit pass is issued, its passengers have boarded, its place in the queue is gone and those
-- behind it move up, all in one statement.
-- Parameters: $1 uuid queue entry, $2 text number of the staff member.
-- Returns: id uuid, of the exit pass; no row when the vehicle has left already.
-- Locks: the rows of the queue and of the vehicle's bookings. Relies on: vehicle_queue_order, bookings_queue.
WITH gone AS (
    DELETE FROM public.vehicle_queue WHERE id = $1::uuid
    RETURNING id, destination_id, license_plate, queue_position, total_seats - available_seats AS seats_taken
), boarded AS (
    UPDATE public.bookings SET status = 'BOARDED', queue_id = NULL
      FROM gone
     WHERE bookings.queue_id = gone.id AND bookings.status = 'CONFIRMED'
    RETURNING bookings.total_amount
), moved AS (
    UPDATE public.vehicle_queue SET queue_position = vehicle_queue.queue_position - 1
      FROM gone
     WHERE vehicle_queue.destination_id = gone.destination_id
       AND vehicle_queue.queue_position > gone.queue_position
)
INSERT INTO public.exit_passes (destination_id, license_plate, seats_taken, total_amount, issued_by)
SELECT destination_id, license_plate, seats_taken, (SELECT coalesce(sum(total_amount), 0) FROM boarded), $2::text
  FROM gone
RETURNING id
