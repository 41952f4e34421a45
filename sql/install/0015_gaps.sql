-- Since when the journal is whole. While a table's triggers are off, what is written to it is in no journal; once they are
-- back, whoever was here before has to be told, and reads anew.
-- Locks: ACCESS EXCLUSIVE on rtbridge.installation, briefly.
ALTER TABLE rtbridge.installation
  -- A cursor whose snapshot does not see this transaction lacks what was written past the triggers. 0: nothing was, as
  -- far as is known, since this history was first met.
  ADD COLUMN whole_since_xid xid8 NOT NULL DEFAULT '0',
  -- When that was; null with 0.
  ADD COLUMN whole_since timestamptz;

-- Tells everybody with a cursor of before this transaction that changes are missing: `gap` with the reason `capture`.
-- `rtbridge install-triggers` calls it in the transaction that puts the triggers back. Call it by hand after writing past
-- the triggers on purpose, best in the same transaction, or after enabling them again.
-- One transaction is enough to know: the row is locked to its end, so who sees the last one sees all of them.
-- Parameters: none. Locks: the row of rtbridge.installation.
CREATE FUNCTION rtbridge.tell_gap() RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
  UPDATE rtbridge.installation SET whole_since_xid = pg_current_xact_id(), whole_since = clock_timestamp();
  PERFORM rtbridge.ring_if_asleep();
END
$function$;

-- What default privileges gave to other roles is taken back, as in 0010.
DO $rights$
DECLARE
  grantee text;
BEGIN
  FOR grantee IN
    SELECT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END
    FROM pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
    WHERE p.oid = 'rtbridge.tell_gap()'::regprocedure AND a.grantee <> p.proowner
  LOOP
    EXECUTE format('REVOKE ALL ON FUNCTION rtbridge.tell_gap() FROM %s', grantee);
  END LOOP;
END
$rights$;
