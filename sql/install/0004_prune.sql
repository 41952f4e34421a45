-- Deletes one slice of what is past retention, oldest transactions first.
-- Parameters: most rows to delete in this call; how much longer than `keep` a row may stay (the guard below gives the
-- hub's own purge time to come first). Returns the number of rows deleted; 0 also when another session is pruning.
-- Locks: the row of rtbridge.retention, skipped when taken; row locks on the deleted rows. Never waits.
-- Relies on the primary key of rtbridge.journal; starts at pruned_xid, past the index entries of rows long deleted.
CREATE FUNCTION rtbridge.prune(max_rows integer, grace interval DEFAULT '0') RETURNS integer
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
  state   rtbridge.retention;
  cutoff  timestamptz;
  deleted integer;
  newest  xid8;
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
  ), gone AS (
    DELETE FROM rtbridge.journal j USING slice s
    WHERE j.xid = s.xid AND j.seq = s.seq AND s.past
    RETURNING j.xid, j.at
  )
  SELECT count(*), max(g.xid::text::numeric)::text::xid8, max(g.at) INTO deleted, newest, written FROM gone g;

  IF deleted > 0 THEN
    UPDATE rtbridge.retention r SET pruned_xid = newest, pruned_until = greatest(r.pruned_until, written)
    WHERE newest > r.pruned_xid;
  END IF;
  RETURN deleted;
END
$function$;

-- About how many bytes of the journal are live: their number times the average of the newest thousand. The file's size is
-- no measure, because freed space stays in the file. Of two counts the lower one: PostgreSQL's own comes seconds
-- late and would let a purge in slices go too far, the span of seq counts rows that were rolled back.
CREATE FUNCTION rtbridge.journal_bytes() RETURNS bigint
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $function$
  WITH newest AS (
    SELECT j.seq, pg_column_size(j.*) + 24 AS bytes FROM rtbridge.journal j ORDER BY j.xid DESC, j.seq DESC LIMIT 1000
  ), oldest AS (
    SELECT j.seq FROM rtbridge.retention r, rtbridge.journal j WHERE j.xid >= r.pruned_xid ORDER BY j.xid, j.seq LIMIT 1
  )
  SELECT least(pg_table_size('rtbridge.journal'::regclass),
               coalesce(avg(n.bytes) * least(pg_stat_get_live_tuples('rtbridge.journal'::regclass),
                                             max(n.seq) - (SELECT o.seq FROM oldest o) + 1), 0))::bigint
  FROM newest n
$function$;

-- The guard against a full disk when no daemon runs: about every thousandth row prunes one slice. Only in READ COMMITTED:
-- in a stricter transaction the delete could raise a serialization failure that would be ours. Whatever goes wrong here
-- stays here.
CREATE FUNCTION rtbridge.prune_from_trigger() RETURNS void
  LANGUAGE plpgsql AS $function$
BEGIN
  IF pg_catalog.current_setting('transaction_isolation') OPERATOR(pg_catalog.=) 'read committed' THEN
    PERFORM rtbridge.prune(2000, '1 hour');
  END IF;
EXCEPTION WHEN OTHERS THEN
  NULL;
END
$function$;

REVOKE ALL ON FUNCTION rtbridge.prune(integer, interval), rtbridge.journal_bytes(), rtbridge.prune_from_trigger()
  FROM PUBLIC;
