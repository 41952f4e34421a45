-- The last change of a table, among the newest 100,000 of the journal: a table that rests must not be looked for in all of it.
-- Parameters: $1 integer[], the ids that the table has in the registry; $2 "char", the operation: I, U, D or T.
-- Returns its row, or nothing.
-- Locks: none. Index: journal_pkey, backwards.
SELECT j.seq, j.xid::text AS xid, j.at, j.table_id, j.op, j.truncated, j.origin,
       j.old_row::text AS old_row, j.new_row::text AS new_row
FROM (SELECT n.xid, n.seq, n.table_id, n.op FROM rtbridge.journal n ORDER BY n.xid DESC, n.seq DESC LIMIT 100000) f
JOIN rtbridge.journal j ON j.xid = f.xid AND j.seq = f.seq
WHERE f.table_id = ANY ($1::integer[]) AND f.op = $2::"char"
ORDER BY f.xid DESC, f.seq DESC
LIMIT 1
