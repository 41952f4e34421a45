-- One change of the journal.
-- Parameters: $1 xid8, its transaction; $2 bigint, its seq.
-- Returns its row, or nothing when it is not there, or not any more.
-- Locks: none. Index: journal_pkey, one probe.
SELECT j.seq, j.xid::text AS xid, j.at, j.table_id, j.op, j.truncated, j.origin,
       j.old_row::text AS old_row, j.new_row::text AS new_row
FROM rtbridge.journal j
WHERE j.xid = $1::xid8 AND j.seq = $2::bigint
