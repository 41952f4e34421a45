-- The next rows of some transactions, in order of seq.
-- Parameters: $1 xid8[], transactions that are visible; $2 bigint, only rows after this seq (0: all); $3 bigint, at most so
-- many rows; $4 bigint, none after those that weigh so many bytes together.
-- Returns first one header row (seq is null) with the horizon (when lost_xid has reached one of the transactions, rows
-- may be missing), the journal's oid and whether nothing follows; then the journal rows.
-- Locks: none. Index: journal_pkey, one range for each transaction, in its order: nothing of a big one is sorted.
WITH next AS (
  SELECT n.seq, n.xid::text AS xid, n.at, n.table_id, n.op, n.truncated, n.origin,
         n.old_row::text AS old_row, n.new_row::text AS new_row
  FROM (
    SELECT r.* FROM unnest($1::xid8[]) t (xid)
    CROSS JOIN LATERAL (
      SELECT j.* FROM rtbridge.journal j WHERE j.xid = t.xid AND j.seq > $2::bigint
      ORDER BY j.xid, j.seq LIMIT $3::bigint
    ) r ORDER BY r.seq LIMIT $3::bigint
  ) n
), weighed AS MATERIALIZED (
  SELECT n.*, coalesce(sum(coalesce(octet_length(n.old_row), 0) + coalesce(octet_length(n.new_row), 0))
                       OVER (ORDER BY n.seq ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS before
  FROM next n
)
SELECT (SELECT r.lost_xid::text FROM rtbridge.retention r) AS lost_xid,
       'rtbridge.journal'::regclass::oid::text AS journal_oid,
       (SELECT count(*) < $3::bigint AND coalesce(max(w.before), 0) < $4::bigint FROM weighed w) AS whole,
       NULL::bigint AS seq, NULL::text AS xid, NULL::timestamptz AS at, NULL::integer AS table_id, NULL::"char" AS op,
       NULL::boolean AS truncated, NULL::text AS origin, NULL::text AS old_row, NULL::text AS new_row
UNION ALL
SELECT NULL, NULL, NULL, w.seq, w.xid, w.at, w.table_id, w.op, w.truncated, w.origin, w.old_row, w.new_row
FROM weighed w WHERE w.before < $4::bigint
ORDER BY seq NULLS FIRST
