-- Puts a vehicle at the end of the queue of its destination; nothing happens when it is in a queue already.
-- Parameters: $1 text destination, $2 text licence plate, $3 smallint seats of the vehicle.
-- Returns: id uuid, of the new row; no row when it was in a queue.
-- Locks: the inserted row. Relies on: vehicle_queue_order, the unique key of vehicle_queue (license_plate).
INSERT INTO public.vehicle_queue (destination_id, license_plate, queue_position, total_seats, available_seats)
SELECT $1::text, $2::text, coalesce(max(queue_position), 0) + 1, $3::smallint, $3::smallint
  FROM public.vehicle_queue
 WHERE destination_id = $1::text
ON CONFLICT (license_plate) DO NOTHING
RETURNING id
