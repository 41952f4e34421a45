-- Settings every session of rtbridge runs with, whatever the role's or the database's own defaults are.
-- Parameters: $1 integer, the server process that the client was told of when it connected; null to set them for the
-- current transaction only; $2 boolean, whether this session keeps its statements prepared. Returns one row per setting;
-- none, and nothing is set, when this is another server process: then a pooler stands in between, and what is set would
-- be found by its next client.
-- Locks: none. Names this server does not know are passed over.
SELECT set_config(v.name, v.value, $1::integer IS NULL)
FROM (VALUES
  ('search_path', 'pg_catalog'),
  ('TimeZone', 'UTC'),
  ('DateStyle', 'ISO, YMD'),
  -- A read that waits for hours and a listener that is idle for days are normal here.
  ('statement_timeout', '0'),
  ('idle_in_transaction_session_timeout', '0'),
  ('idle_session_timeout', '0'),
  ('transaction_timeout', '0'),
  -- A machine that vanished is noticed, and its advisory locks are freed, within about 11 s.
  ('tcp_keepalives_idle', '5'),
  ('tcp_keepalives_interval', '2'),
  ('tcp_keepalives_count', '3'),
  -- The fence relies on this server's own flush; it must not wait for a standby, nor be skipped.
  ('synchronous_commit', 'local'),
  -- A serializable reader of the journal could make a serializable writer fail; a read is one statement, so nothing is lost.
  ('default_transaction_isolation', 'read committed'),
  -- The journal's statistics are always out of date; its index is always right.
  ('enable_seqscan', 'off'),
  ('jit', 'off'),
  -- To start workers takes longer than all that they would do here, and would be done for each look at the journal.
  ('max_parallel_workers_per_gather', '0'),
  -- What is kept is planned once, for any values: by the index, which is right for a journal of any size.
  ('plan_cache_mode', CASE WHEN $2::boolean THEN 'force_generic_plan' ELSE 'auto' END)
) v (name, value)
WHERE current_setting(v.name, true) IS NOT NULL AND ($1::integer IS NULL OR $1::integer = pg_backend_pid())
