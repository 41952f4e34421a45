-- The journal's size against its limits.
-- Parameters: $1 integer, $2 integer: the class and number of the lock every hub holds shared.
-- Returns one row: file_bytes (table without indexes), live_bytes (an estimate), max_bytes, keep_ms, overdue_ms (how long
-- the oldest row has been past retention; null without rows, negative while it is not), hubs, unlogged, row_security.
-- Locks: none. Index: journal_pkey, its first entry past the horizon.
SELECT pg_table_size(c.oid)::text AS file_bytes, rtbridge.journal_bytes()::text AS live_bytes, r.max_bytes::text AS max_bytes,
       (extract(epoch FROM r.keep) * 1000)::bigint::text AS keep_ms,
       (SELECT (extract(epoch FROM clock_timestamp() - r.keep - j.at) * 1000)::bigint::text FROM rtbridge.journal j
        WHERE j.xid >= r.pruned_xid ORDER BY j.xid, j.seq LIMIT 1) AS overdue_ms,
       (SELECT count(*)::text FROM pg_locks l
        WHERE l.locktype = 'advisory' AND l.classid = $1::integer::oid AND l.objid = $2::integer::oid AND l.objsubid = 2
          AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())) AS hubs,
       c.relpersistence = 'u' AS unlogged, c.relrowsecurity AS row_security
FROM rtbridge.retention r, pg_class c WHERE c.oid = 'rtbridge.journal'::regclass
