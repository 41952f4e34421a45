-- Where a read of rows stands: a part of the statement that reads them, so that it speaks of the same moment.
-- Parameters: none. Returns one row. Locks: none. Fails on a standby.
-- snapshot is the statement's own. What it sees may leave the hub once the WAL up to where it was written then is flushed:
-- flushed says that it is. The rest is what identify_database.sql returns.
SELECT pg_current_snapshot()::text AS snapshot,
       pg_current_wal_flush_lsn() >= pg_current_wal_insert_lsn() AS flushed,
       i.install_id,
       (SELECT system_identifier::text FROM pg_control_system()) AS system_identifier,
       substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8) AS timeline,
       (SELECT d.oid::text FROM pg_database d WHERE d.datname = current_database()) AS database_oid,
       'rtbridge.journal'::regclass::oid::text AS journal_oid,
       s.id AS server_run, s.started_at = pg_postmaster_start_time() AS server_run_goes_on
FROM rtbridge.installation i
LEFT JOIN LATERAL (SELECT n.id, n.started_at FROM rtbridge.server_run n ORDER BY n.place DESC LIMIT 1) s ON true
