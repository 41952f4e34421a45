-- The doorbell: a commit notifies only when a hub sleeps.
--
-- A hub that is awake leaves the advisory lock (1920229746, 1) free: a writer takes it, shared and to the end of its
-- transaction, and nothing rings. A hub that sleeps holds it exclusively: the writer does not get it, and the channel
-- `rtbridge` is notified, with an empty payload. With no hub, or with hubs that never sleep (`doorbell: off`), nobody
-- ever notifies, and nothing here has to be switched off.
--
-- For what is captured rarely; the row trigger (0002) has the same two lines in its body, for speed.
CREATE FUNCTION rtbridge.ring_if_asleep() RETURNS void
  LANGUAGE plpgsql AS $function$
BEGIN
  IF NOT pg_catalog.pg_try_advisory_xact_lock_shared(1920229746, 1) THEN
    PERFORM pg_catalog.pg_notify('rtbridge', '');
  END IF;
END
$function$;
REVOKE ALL ON FUNCTION rtbridge.ring_if_asleep() FROM PUBLIC;
