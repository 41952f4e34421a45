-- How many other hubs read this database.
-- Parameters: $1 integer, $2 integer: the class and number of the lock every hub holds shared.
-- Returns one row, `hubs`. Locks: those of the lock table, briefly.
SELECT count(*)::text AS hubs
FROM pg_locks l
WHERE l.locktype = 'advisory' AND l.classid = $1::integer::oid AND l.objid = $2::integer::oid AND l.objsubid = 2
  AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
  AND l.pid <> pg_backend_pid()
