-- What became visible since a snapshot, when it is not too much.
-- Parameters: $1 xid8, the snapshot's xmax; $2 xid8[], its transactions in progress; $3 bigint, that many rows or more are
-- too much (null: nothing is); $4 boolean, whether to look at the queue of notifications.
-- Returns first one header row (seq is null) with this statement's own snapshot, whether the WAL up to it is
-- flushed, before which nothing of it may leave the hub, the horizon (when lost_xid has reached the given
-- snapshot's xmin, or the snapshot does not see whole_since_xid, changes are missing), the journal's oid (removed and made
-- anew it is another journal, in which table ids and seq begin again), whether it is too much, and whether the queue of
-- notifications is half full (null: not looked at); then, unless it is too much, the journal rows in order of seq.
-- Within one read that order is right for every row: a second writer of a row waits for the first one's commit.
-- Locks: none, or briefly those of the queue. Index: journal_pkey, one range and one probe for each transaction in progress.
WITH news AS MATERIALIZED (
  SELECT n.* FROM (
    SELECT j.seq, j.xid::text AS xid, j.at, j.table_id, j.op, j.truncated, j.origin,
           j.old_row::text AS old_row, j.new_row::text AS new_row
    FROM rtbridge.journal j WHERE j.xid >= $1::xid8
    UNION ALL
    SELECT j.seq, j.xid::text, j.at, j.table_id, j.op, j.truncated, j.origin, j.old_row::text, j.new_row::text
    FROM rtbridge.journal j WHERE j.xid = ANY ($2::xid8[])
  ) n LIMIT $3::bigint
), amount AS MATERIALIZED (
  SELECT coalesce(count(*) >= $3::bigint, false) AS crowded FROM news
)
SELECT pg_current_snapshot()::text AS snapshot,
       pg_current_wal_flush_lsn() >= pg_current_wal_insert_lsn() AS flushed,
       (SELECT r.lost_xid::text FROM rtbridge.retention r) AS lost_xid,
       (SELECT i.whole_since_xid::text FROM rtbridge.installation i) AS whole_since_xid,
       'rtbridge.journal'::regclass::oid::text AS journal_oid,
       (SELECT a.crowded FROM amount a) AS crowded,
       CASE WHEN $4::boolean THEN pg_notification_queue_usage() >= 0.5 END AS queue_crowded,
       NULL::bigint AS seq, NULL::text AS xid, NULL::timestamptz AS at, NULL::integer AS table_id, NULL::"char" AS op,
       NULL::boolean AS truncated, NULL::text AS origin, NULL::text AS old_row, NULL::text AS new_row
UNION ALL
SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, n.*
FROM news n WHERE NOT (SELECT a.crowded FROM amount a)
ORDER BY seq NULLS FIRST
