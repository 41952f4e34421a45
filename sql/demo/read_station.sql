-- What is in the station now: every vehicle in a queue with its open bookings.
-- Parameters: none.
-- Returns: id uuid, license_plate text, destination_id text, free_seats int, bookings jsonb (a list of
-- {"id": uuid, "seats": int}).
-- Locks: none. Relies on: bookings_queue.
SELECT vehicle_queue.id, license_plate, vehicle_queue.destination_id, available_seats::int AS free_seats,
       coalesce(
           jsonb_agg(jsonb_build_object('id', bookings.id, 'seats', seats_booked) ORDER BY created_at)
               FILTER (WHERE bookings.id IS NOT NULL),
           '[]'
       ) AS bookings
  FROM public.vehicle_queue
  LEFT JOIN public.bookings ON bookings.queue_id = vehicle_queue.id AND bookings.status = 'CONFIRMED'
 GROUP BY vehicle_queue.id
 ORDER BY vehicle_queue.destination_id, queue_position
