-- How far the journal was pruned, the transaction since which it is whole (sql/install/0015), the first transaction id that
-- is not yet assigned, and the known runs of the server.
-- Parameters: none. Returns one row; runs is a JSON array in order, of {id, end: the transaction id where the next one
-- began, null for the last}. Locks: none.
SELECT r.lost_xid::text AS lost_xid, i.whole_since_xid::text AS whole_since_xid,
       pg_snapshot_xmax(pg_current_snapshot())::text AS xmax,
       (SELECT jsonb_agg(jsonb_build_object('id', s.id, 'end', s.ends_at))::text
        FROM (SELECT n.id, lead(n.from_xid) OVER (ORDER BY n.place)::text AS ends_at FROM rtbridge.server_run n) s) AS runs
FROM rtbridge.retention r, rtbridge.installation i
