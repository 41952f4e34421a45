-- Settings of the transaction in which a question of the configuration is asked: it can write nothing, takes no long
-- time, finds tables as the application does, and acts as the role it was given.
-- Parameters: $1 integer, longest time of a statement, ms; $2 text, the role, null for the session's own.
-- Returns one row. Locks: none.
SELECT set_config('transaction_read_only', 'on', true),
       set_config('statement_timeout', $1::integer::text, true),
       set_config('search_path', s.reset_val, true),
       set_config('enable_seqscan', 'on', true),
       set_config('role', coalesce($2::text, 'none'), true)
FROM pg_catalog.pg_settings s
WHERE s.name = 'search_path'
