-- Rings only while there is room. Somebody who listens in an open transaction keeps PostgreSQL from emptying its queue of
-- notifications, and a commit that notifies fails when it is full: the application's write would fail because of the bell.
-- A hub reads at intervals while the queue is that full, which it sees at its next look.
-- Locks: none; the function is made anew, and keeps its rights.
CREATE OR REPLACE FUNCTION rtbridge.ring_if_asleep() RETURNS void
  LANGUAGE plpgsql AS $function$
BEGIN
  IF NOT pg_catalog.pg_try_advisory_xact_lock_shared(1920229746, 1)
    AND pg_catalog.pg_notification_queue_usage() OPERATOR(pg_catalog.<) 0.5 THEN
    PERFORM pg_catalog.pg_notify('rtbridge', '');
  END IF;
END
$function$;
