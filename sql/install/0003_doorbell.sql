-- The doorbell: a commit notifies only when a hub sleeps.
--
-- A hub that is awake leaves the advisory lock (1920229746, 1) free: the condition below takes it, shared and until the
-- end of the transaction, and nothing rings. A hub that sleeps holds it exclusively: the condition fails to take it
-- and the channel `rtbridge` is notified, with an empty payload. The condition is evaluated without calling a function of
-- ours, so a commit nobody sleeps for pays for one lock and nothing else.
CREATE FUNCTION rtbridge.ring_doorbell() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER AS $function$
BEGIN
  PERFORM pg_catalog.pg_notify('rtbridge', '');
  RETURN NULL;
END
$function$;
REVOKE ALL ON FUNCTION rtbridge.ring_doorbell() FROM PUBLIC;

CREATE TRIGGER doorbell AFTER INSERT ON rtbridge.journal
  FOR EACH STATEMENT
  WHEN (NOT pg_catalog.pg_try_advisory_xact_lock_shared(1920229746, 1))
  EXECUTE FUNCTION rtbridge.ring_doorbell();
