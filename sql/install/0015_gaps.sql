-- What is told as a gap: all that was missed, and as little else as can be.

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

-- Canaries are for nobody: who was away while nothing but them was written and pruned has missed nothing.
-- Locks: ACCESS EXCLUSIVE on rtbridge.retention, briefly.
ALTER TABLE rtbridge.retention
  -- Of the rows that are gone, canaries left out, the newest is of this transaction: who does not see it, or one below it
  -- that was open then, may have missed something. pruned_xid only tells where pruning goes on.
  ADD COLUMN lost_xid xid8 NOT NULL DEFAULT '0';
UPDATE rtbridge.retention SET lost_xid = pruned_xid;

-- As in 0004, with lost_xid; pruned_until leaves canaries out, too.
CREATE OR REPLACE FUNCTION rtbridge.prune(max_rows integer, grace interval DEFAULT '0') RETURNS integer
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
  state   rtbridge.retention;
  cutoff  timestamptz;
  deleted integer;
  newest  xid8;
  lost    xid8;
  written timestamptz;
BEGIN
  SELECT * INTO state FROM rtbridge.retention FOR UPDATE SKIP LOCKED;
  IF NOT FOUND THEN
    RETURN 0;
  END IF;
  cutoff := clock_timestamp() - state.keep - grace;
  IF pg_table_size('rtbridge.journal'::regclass) > state.max_bytes AND rtbridge.journal_bytes() > state.max_bytes THEN
    cutoff := 'infinity';
  ELSIF (SELECT j.at FROM rtbridge.journal j WHERE j.xid >= state.pruned_xid ORDER BY j.xid, j.seq LIMIT 1) >= cutoff THEN
    RETURN 0;
  END IF;

  -- Only what stands before the first row to keep: a late row of a long transaction would otherwise be left behind
  -- pruned_xid, where nobody looks again.
  WITH slice AS (
    SELECT j.xid, j.seq, bool_and(j.at < cutoff) OVER (ORDER BY j.xid, j.seq) AS past FROM (
      SELECT j.xid, j.seq, j.at FROM rtbridge.journal j
      WHERE j.xid >= state.pruned_xid AND j.xid < pg_snapshot_xmin(pg_current_snapshot())
      ORDER BY j.xid, j.seq
      LIMIT max_rows
    ) j
  ), canary AS (
    SELECT t.id FROM rtbridge.captured_table t WHERE t.schema_name = 'rtbridge' AND t.table_name = 'canary'
  ), gone AS (
    DELETE FROM rtbridge.journal j USING slice s
    WHERE j.xid = s.xid AND j.seq = s.seq AND s.past
    RETURNING j.xid::text::numeric AS xid, j.at, j.table_id NOT IN (SELECT c.id FROM canary c) AS is_loss
  )
  SELECT count(*), max(g.xid)::text::xid8, (max(g.xid) FILTER (WHERE g.is_loss))::text::xid8, max(g.at) FILTER (WHERE g.is_loss)
  INTO deleted, newest, lost, written FROM gone g;

  IF deleted > 0 THEN
    UPDATE rtbridge.retention r
    SET pruned_xid = newest, lost_xid = coalesce(lost, r.lost_xid), pruned_until = greatest(r.pruned_until, written)
    WHERE newest > r.pruned_xid OR lost > r.lost_xid;
  END IF;
  RETURN deleted;
END
$function$;
