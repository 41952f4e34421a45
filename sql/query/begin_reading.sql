-- Counts this session as a hub's, and tells how large the queue of notifications is.
-- Parameters: $1 integer, $2 integer: the class and number of the lock every hub holds shared.
-- Returns one row, `queue_pages`: of 8 kB each; null where it cannot be set (before PostgreSQL 17), 8 GB then.
-- Locks: that one, shared, until the session ends.
SELECT pg_advisory_lock_shared($1::integer, $2::integer), current_setting('max_notify_queue_pages', true) AS queue_pages
