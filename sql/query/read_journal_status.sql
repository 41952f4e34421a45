-- How the journal is.
-- Parameters: none. Returns one row. Locks: none. Index: journal_pkey, its first entry past the horizon.
--   rows (an estimate), bytes (table and indexes), live_bytes (an estimate of what counts against max_bytes)
--   keep_ms, max_bytes: the limits
--   oldest: when the oldest row was written, null when there is none
--   resumable_since: a client that was here last before that moment is answered `gap`. It is when the newest of the rows
--     that are gone was written, whether they went by age or by size; when triggers that had been off came back; or the
--     beginning of this history. It does not move while nothing is pruned, so an empty journal reaches back as far as it
--     did when its last row went.
--   measured_at
-- Times are UTC, ISO 8601.
SELECT pg_stat_get_live_tuples('rtbridge.journal'::regclass)::text AS rows,
       pg_total_relation_size('rtbridge.journal'::regclass)::text AS bytes,
       rtbridge.journal_bytes()::text AS live_bytes,
       (extract(epoch FROM r.keep) * 1000)::bigint::text AS keep_ms, r.max_bytes::text AS max_bytes,
       to_char(o.at AT TIME ZONE 'UTC', f.iso) AS oldest,
       to_char(greatest(i.installed_at, i.whole_since, r.pruned_until) AT TIME ZONE 'UTC', f.iso) AS resumable_since,
       to_char(clock_timestamp() AT TIME ZONE 'UTC', f.iso) AS measured_at
FROM rtbridge.retention r
CROSS JOIN rtbridge.installation i
CROSS JOIN (VALUES ('YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) f (iso)
LEFT JOIN LATERAL (
  SELECT j.at FROM rtbridge.journal j WHERE j.xid >= r.pruned_xid ORDER BY j.xid, j.seq LIMIT 1
) o ON true
