-- What became visible since a snapshot, when it is little: most reads of a trickle, and every look at a journal at rest.
-- It does the same as read_journal.sql with as few steps as the server can be asked for, because they are what it takes.
-- Parameters: $1 xid8, the snapshot's xmax; $2 xid8[], its transactions in progress; $3 bigint, at most so many rows;
-- $4 boolean, whether to look at the queue of notifications.
-- Returns the journal rows in no order, each with what read_journal.sql returns in its header: this statement's own
-- snapshot, whether all of it is on disk, the horizon, the journal's oid, and whether the queue of notifications is half
-- full (null: not looked at). Without any row one comes all the same, and its seq is null; also where nothing says what is
-- kept, for nothing is pruned then.
-- Locks: none, or briefly those of the queue. Index: journal_pkey, one range and one probe for each transaction in progress.
SELECT h.*, n.*
FROM (
  SELECT pg_current_snapshot()::text AS snapshot,
         pg_current_wal_flush_lsn() >= pg_current_wal_insert_lsn() AS flushed,
         r.lost_xid::text AS lost_xid, i.whole_since_xid::text AS whole_since_xid,
         'rtbridge.journal'::regclass::oid::text AS journal_oid,
         CASE WHEN $4::boolean THEN pg_notification_queue_usage() >= 0.5 END AS queue_crowded
  FROM rtbridge.installation i LEFT JOIN rtbridge.retention r ON true
  -- Made once: for each row it would take longer than the row, the more so the more transactions are in progress.
  OFFSET 0
) h LEFT JOIN (
  SELECT j.seq, j.xid::text AS xid, j.at, j.table_id, j.op, j.truncated, j.origin,
         j.old_row::text AS old_row, j.new_row::text AS new_row
  FROM rtbridge.journal j WHERE j.xid >= $1::xid8
  UNION ALL
  SELECT j.seq, j.xid::text, j.at, j.table_id, j.op, j.truncated, j.origin, j.old_row::text, j.new_row::text
  FROM rtbridge.journal j WHERE j.xid = ANY ($2::xid8[])
) n ON true
LIMIT $3::bigint
