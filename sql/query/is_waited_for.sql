-- Whether somebody waits for a table that a session reads: a TRUNCATE, an ALTER TABLE, with everybody who writes behind it.
-- Parameters: $1 integer, the server process of the session. Returns one row. Locks: none; the server stops handing out
-- locks for the moment of the look.
WITH locks AS MATERIALIZED (SELECT l.pid, l.database, l.relation, l.mode, l.granted FROM pg_locks l WHERE l.locktype = 'relation')
SELECT EXISTS (
  SELECT FROM locks own
  JOIN locks other USING (database, relation)
  WHERE own.pid = $1::integer AND own.granted AND NOT other.granted AND other.mode = 'AccessExclusiveLock') AS waited_for
