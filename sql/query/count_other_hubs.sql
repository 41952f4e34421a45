-- How many other hubs read this database, and whether the queue of notifications is half full.
-- Parameters: $1 integer, $2 integer: the class and number of the lock every hub holds shared.
-- Returns one row, `hubs` and `queue_crowded`. Locks: those of the lock table and of the queue, briefly.
SELECT count(*)::text AS hubs, pg_notification_queue_usage() >= 0.5 AS queue_crowded
FROM pg_locks l
WHERE l.locktype = 'advisory' AND l.classid = $1::integer::oid AND l.objid = $2::integer::oid AND l.objsubid = 2
  AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
  AND l.pid <> pg_backend_pid()
