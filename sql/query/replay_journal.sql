-- What happened between two snapshots.
-- Parameters: $1 xid8, xmax of the earlier snapshot; $2 xid8[], its transactions in progress; $3 pg_snapshot, the later
-- one; $4 bigint, only rows after this seq (0: all).
-- Returns first one header row (seq is null) with the horizon as this very statement sees it: when lost_xid has
-- reached the earlier snapshot's xmin, or that snapshot does not see whole_since_xid, changes are missing; then the journal
-- rows in order of seq.
-- Locks: none. Index: journal_pkey, one range and one probe for each transaction in progress.
SELECT r.lost_xid::text AS lost_xid, i.whole_since_xid::text AS whole_since_xid,
       NULL::bigint AS seq, NULL::text AS xid, NULL::timestamptz AS at, NULL::integer AS table_id, NULL::"char" AS op,
       NULL::boolean AS truncated, NULL::text AS origin, NULL::text AS old_row, NULL::text AS new_row
FROM rtbridge.retention r, rtbridge.installation i
UNION ALL
SELECT NULL, NULL, j.seq, j.xid::text, j.at, j.table_id, j.op, j.truncated, j.origin, j.old_row::text, j.new_row::text
FROM rtbridge.journal j
WHERE j.xid >= $1::xid8 AND j.xid < pg_snapshot_xmax($3::pg_snapshot)
  AND pg_visible_in_snapshot(j.xid, $3::pg_snapshot) AND j.seq > $4::bigint
UNION ALL
SELECT NULL, NULL, j.seq, j.xid::text, j.at, j.table_id, j.op, j.truncated, j.origin, j.old_row::text, j.new_row::text
FROM rtbridge.journal j
WHERE j.xid = ANY ($2::xid8[]) AND pg_visible_in_snapshot(j.xid, $3::pg_snapshot) AND j.seq > $4::bigint
ORDER BY seq NULLS FIRST
