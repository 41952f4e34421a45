-- Settings every session of rtbridge runs with, whatever the role's or the database's own defaults are.
-- Parameters: none. Returns one row per setting. Locks: none. Names this server does not know are passed over.
SELECT set_config(s.name, v.value, false)
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
  -- The journal's statistics are always out of date; its index is always right.
  ('enable_seqscan', 'off'),
  ('jit', 'off')
) v (name, value)
JOIN pg_settings s ON lower(s.name) = lower(v.name)
