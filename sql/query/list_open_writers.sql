-- Transactions in progress that may have written to a table: what they wrote is seen when they commit.
-- Parameters: $1 oid, the table. Returns who (in words), seconds it is open (null for a prepared one). Locks: none.
-- What is locked is asked whether it is below the table: pg_partition_tree waits for whoever truncates a partition.
-- A role without pg_read_all_stats does not see what other roles are called.
SELECT coalesce(format('session %s (%s)', a.pid, coalesce(nullif(a.application_name, ''), 'unnamed')), 'a prepared transaction') AS who,
       max(extract(epoch FROM clock_timestamp() - a.xact_start)::bigint)::text AS seconds
FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid
WHERE l.locktype = 'relation' AND l.granted AND l.mode IN ('RowExclusiveLock', 'ShareRowExclusiveLock', 'AccessExclusiveLock')
  AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
  AND (l.relation = $1::oid OR $1::oid IN (SELECT a.relid FROM pg_partition_ancestors(l.relation) a))
  AND l.pid IS DISTINCT FROM pg_backend_pid()
GROUP BY 1 ORDER BY 1
