-- What holds back pruning, vacuum or the notification queue: transactions that are open for long, prepared ones too.
-- Parameters: $1 bigint, milliseconds: only transactions older than this. Locks: none.
-- Returns what (in words), seconds, here (in this database), keeps (it keeps old rows from being pruned
-- or cleaned, not only notifications), fix. Oldest first. A role without pg_read_all_stats sees its own sessions only.
SELECT format('session %s of role %s (%s)', a.pid, a.usename, coalesce(nullif(a.application_name, ''), 'unnamed')) AS what,
       extract(epoch FROM clock_timestamp() - a.xact_start)::bigint AS seconds,
       a.datname = current_database() AS here,
       a.backend_xid IS NOT NULL OR a.backend_xmin IS NOT NULL AS keeps,
       format('SELECT pg_terminate_backend(%s);', a.pid) AS fix
FROM pg_stat_activity a
WHERE a.xact_start < clock_timestamp() - $1::bigint * interval '1 millisecond'
  AND a.pid <> pg_backend_pid() AND a.backend_type = 'client backend'
UNION ALL
SELECT format('prepared transaction %L of role %s in database %s', x.gid, x.owner, x.database),
       extract(epoch FROM clock_timestamp() - x.prepared)::bigint,
       x.database = current_database(), true, format('ROLLBACK PREPARED %L;', x.gid)
FROM pg_prepared_xacts x
WHERE x.prepared < clock_timestamp() - $1::bigint * interval '1 millisecond'
ORDER BY 2 DESC
