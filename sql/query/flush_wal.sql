-- Forces the WAL written so far to disk: a transaction of our own whose commit is synchronous.
-- Parameters: none. Returns one row. Locks: none. Any role may run it, at any wal_level.
SELECT pg_logical_emit_message(true, 'rtbridge', '')
