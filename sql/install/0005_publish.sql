-- Emits an event that has no row: SELECT rtbridge.publish('SYSTEM_WARNING', '{"text": "…"}'::jsonb, room => 'all').
-- It becomes a journal row of the calling transaction: ordered, durable and resumable like any change.
-- Parameters: event type, 1 to 100 characters; data, at most 1 MiB; room, at most 200 characters, NULL or 'all' for everyone.
-- Returns the journal position (seq).
CREATE FUNCTION rtbridge.publish(event_type text, data jsonb DEFAULT '{}', room text DEFAULT NULL) RETURNS bigint
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
  position bigint;
BEGIN
  IF event_type IS NULL OR event_type !~ '^[A-Za-z][A-Za-z0-9_.:-]{0,99}$' THEN
    RAISE EXCEPTION 'rtbridge.publish: event type % is not valid', quote_nullable(left(event_type, 100))
      USING ERRCODE = 'invalid_parameter_value',
            HINT = 'Use a letter, then up to 99 letters, digits or _ . : - such as BOOKING_CREATED.';
  END IF;
  IF event_type IN ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE') THEN
    RAISE EXCEPTION 'rtbridge.publish: event type % is reserved for row changes', event_type
      USING ERRCODE = 'invalid_parameter_value', HINT = 'Choose a name of your own.';
  END IF;
  IF length(room) > 200 THEN
    RAISE EXCEPTION 'rtbridge.publish: the room name is longer than 200 characters'
      USING ERRCODE = 'invalid_parameter_value', HINT = 'Address a room by a short name.';
  END IF;
  -- As text: a compressed value, or a number like 1e131071, is far larger than it is stored.
  IF octet_length(data::text) > 1048576 THEN
    RAISE EXCEPTION 'rtbridge.publish: the data is larger than 1 MiB'
      USING ERRCODE = 'program_limit_exceeded', HINT = 'Store it in a table and publish its key.';
  END IF;
  INSERT INTO rtbridge.journal (table_id, op, origin, new_row)
  VALUES (0, 'P', left(current_setting('rtbridge.origin', true), 200),
          jsonb_build_object('event_type', event_type, 'room', room, 'data', coalesce(data, '{}')))
  RETURNING seq INTO position;
  PERFORM rtbridge.ring_if_asleep();
  RETURN position;
END
$function$;
