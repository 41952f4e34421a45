-- Hubs connected to this database, and how many of them are the sentinel (0 or 1).
-- Parameters: $1 integer, $2 integer: class and number of the lock every hub holds shared; $3 integer: that of the sentinel.
-- Returns one row: hubs, sentinels. Locks: those of the lock table, briefly.
SELECT count(*) FILTER (WHERE l.objid = $2::integer::oid)::text AS hubs,
       count(*) FILTER (WHERE l.objid = $3::integer::oid)::text AS sentinels
FROM pg_locks l
WHERE l.locktype = 'advisory' AND l.classid = $1::integer::oid AND l.objsubid = 2 AND l.granted
  AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
