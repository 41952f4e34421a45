-- Settings for a read of a table's rows, on top of those of every session (prepare_session.sql).
-- Parameters: $1 boolean, true to set them for the current transaction only. Returns one row per setting. Locks: none.
SELECT set_config(v.name, v.value, $1::boolean)
FROM (VALUES
  -- These are the application's tables, whose statistics are good; most are read whole.
  ('enable_seqscan', 'on'),
  -- The header must come first, and workers would take what the application needs.
  ('max_parallel_workers_per_gather', '0'),
  -- Rows that are filtered away without a word would be missing: better an error.
  ('row_security', 'off'),
  -- As the functions of sql/install/0012 print rows: else a row would have one key here, and another in its events.
  ('IntervalStyle', 'postgres'),
  ('bytea_output', 'hex'),
  ('extra_float_digits', '1'),
  ('lc_monetary', 'C')
) v (name, value)
