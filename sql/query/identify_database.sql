-- The history this connection is in, beside the one recorded at the installation.
-- Parameters: none. Returns one row. Locks: none. Fails on a standby (25006 or 55000): a standby has no WAL of its own.
-- The timeline is taken from the name of the WAL file being written: it changes at the moment of a promotion, the
-- control file only with the next checkpoint.
-- server_run is the run of the server that was recorded last (null: none was); server_run_goes_on: it is this one.
SELECT i.install_id,
       i.system_identifier AS recorded_system_identifier,
       i.timeline AS recorded_timeline,
       i.database_oid::text AS recorded_database_oid,
       i.journal_oid::text AS recorded_journal_oid,
       (SELECT system_identifier::text FROM pg_control_system()) AS system_identifier,
       substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8) AS timeline,
       (SELECT d.oid::text FROM pg_database d WHERE d.datname = current_database()) AS database_oid,
       'rtbridge.journal'::regclass::oid::text AS journal_oid,
       s.id AS server_run, s.started_at = pg_postmaster_start_time() AS server_run_goes_on,
       pg_current_snapshot()::text AS snapshot
FROM rtbridge.installation i
LEFT JOIN LATERAL (SELECT n.id, n.started_at FROM rtbridge.server_run n ORDER BY n.place DESC LIMIT 1) s ON true
