-- The server as a hub needs it: settings, room for connections, what the connected role may see.
-- Parameters: none. Works before anything is installed. Returns one row. Locks: none.
-- Settings of the role are read as they would be without what this session has set for itself.
SELECT current_setting('server_version') AS version, current_setting('server_version_num') AS version_number,
       current_database() AS database, current_user AS role, pg_is_in_recovery() AS standby,
       (SELECT count(*) FROM pg_stat_activity a WHERE a.datid IS NOT NULL)::text AS connections,
       (current_setting('max_connections')::integer - current_setting('superuser_reserved_connections')::integer
         - coalesce(current_setting('reserved_connections', true)::integer, 0))::text AS connection_limit,
       (SELECT r.rolconnlimit::text FROM pg_roles r WHERE r.rolname = current_user AND NOT r.rolsuper) AS role_limit,
       (SELECT count(*)::text FROM pg_stat_activity a WHERE a.usename = current_user) AS role_connections,
       (SELECT d.datconnlimit::text FROM pg_database d WHERE d.datname = current_database()) AS database_limit,
       (SELECT count(*)::text FROM pg_stat_activity a WHERE a.datname = current_database()) AS database_connections,
       -- Null for a role that may not see it.
       (SELECT s.setting FROM pg_settings s WHERE s.name = 'data_directory') AS data_directory,
       inet_server_addr()::text AS server_address,
       current_setting('max_prepared_transactions') AS max_prepared_transactions,
       current_setting('fsync') AS fsync, current_setting('full_page_writes') AS full_page_writes,
       current_setting('autovacuum') AS autovacuum, current_setting('track_counts') AS track_counts,
       current_setting('session_replication_role') AS session_replication_role,
       (SELECT s.reset_val FROM pg_settings s WHERE s.name = 'default_transaction_read_only') AS read_only,
       (SELECT s.reset_val FROM pg_settings s WHERE s.name = 'statement_timeout') AS statement_timeout_ms,
       pg_notification_queue_usage()::text AS queue_usage,
       pg_has_role('pg_read_all_stats', 'USAGE') AS sees_sessions
