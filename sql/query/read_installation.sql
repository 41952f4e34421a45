-- What is installed, and the settings of the server that matter for it. Works before anything is installed.
-- Parameters: none. Returns one row. Locks: none.
SELECT current_setting('server_version') AS server_version,
       current_setting('server_version_num') AS server_version_num,
       current_setting('max_prepared_transactions') AS max_prepared_transactions,
       pg_is_in_recovery() AS standby,
       current_database() AS database, current_user AS role,
       -- The row functions belong to the same role.
       (SELECT pg_get_userbyid(c.relowner) FROM pg_class c WHERE c.oid = to_regclass('rtbridge.journal')) AS journal_owner,
       has_database_privilege(current_database(), 'CREATE') AS may_create_schema,
       -- An empty one may have been made for us: by an admin, or by an install that was cut off at its first step.
       EXISTS (SELECT FROM pg_class c WHERE c.relnamespace = to_regnamespace('rtbridge'))
         OR EXISTS (SELECT FROM pg_proc p WHERE p.pronamespace = to_regnamespace('rtbridge')) AS schema_in_use,
       to_regclass('rtbridge.migration') IS NOT NULL AS migration_exists
