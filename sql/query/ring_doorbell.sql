-- Wakes the other hubs. Without a flush of its own: a ring that a crash undoes has nothing to announce.
-- Parameters: none. Returns one row. Locks: the notification queue, until the end of this statement.
SELECT set_config('synchronous_commit', 'off', true), pg_notify('rtbridge', '')
