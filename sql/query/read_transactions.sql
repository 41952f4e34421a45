-- The next rows of some transactions, in order of seq.
-- Parameters: $1 xid8[], transactions that are visible; $2 bigint, only rows after this seq (0: all); $3 bigint, at most so
-- many rows.
-- Returns first one header row (seq is null) with the horizon (when lost_xid has reached one of the transactions, rows
-- may be missing) and the journal's oid; then the journal rows.
-- Locks: none. Index: journal_pkey, one range for each transaction, in its order: nothing of a big one is sorted.
SELECT (SELECT r.lost_xid::text FROM rtbridge.retention r) AS lost_xid,
       'rtbridge.journal'::regclass::oid::text AS journal_oid,
       NULL::bigint AS seq, NULL::text AS xid, NULL::timestamptz AS at, NULL::integer AS table_id, NULL::"char" AS op,
       NULL::boolean AS truncated, NULL::text AS origin, NULL::text AS old_row, NULL::text AS new_row
UNION ALL
SELECT NULL, NULL, n.seq, n.xid::text, n.at, n.table_id, n.op, n.truncated, n.origin, n.old_row::text, n.new_row::text
FROM (
  SELECT r.* FROM unnest($1::xid8[]) t (xid)
  CROSS JOIN LATERAL (
    SELECT j.* FROM rtbridge.journal j WHERE j.xid = t.xid AND j.seq > $2::bigint
    ORDER BY j.xid, j.seq LIMIT $3::bigint
  ) r ORDER BY r.seq LIMIT $3::bigint
) n
ORDER BY seq NULLS FIRST
