-- How the journal is, and which database this is.
-- Parameters: none. Returns one row: database, role, rows (an estimate), bytes, oldest (the oldest row's time, null when
-- there is none), keep_ms (retention). Locks: none. Index: journal_pkey, its first entry past the horizon.
SELECT current_database() AS database, current_user AS role,
       pg_stat_get_live_tuples('rtbridge.journal'::regclass)::text AS rows,
       pg_total_relation_size('rtbridge.journal'::regclass)::text AS bytes,
       (SELECT to_char(j.at, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') FROM rtbridge.journal j
        WHERE j.xid >= r.pruned_xid ORDER BY j.xid, j.seq LIMIT 1) AS oldest,
       (extract(epoch FROM r.keep) * 1000)::bigint::text AS keep_ms
FROM rtbridge.retention r
