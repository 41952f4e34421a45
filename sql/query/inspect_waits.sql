-- What some server processes wait for.
-- Parameters: $1 integer[], process ids. Returns pid and waits_for_client, true when it waits for its client to send or to
-- take something, whether idle or in a statement; no row for a process that is not there. Locks: none.
SELECT a.pid, coalesce(a.wait_event_type = 'Client', false) AS waits_for_client
FROM pg_stat_activity a WHERE a.pid = ANY ($1::integer[])
