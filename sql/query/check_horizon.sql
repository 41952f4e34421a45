-- How far the journal was pruned, and the first transaction id that is not yet assigned.
-- Parameters: none. Returns one row. Locks: none.
SELECT r.pruned_xid::text AS pruned_xid, pg_snapshot_xmax(pg_current_snapshot())::text AS xmax
FROM rtbridge.retention r
