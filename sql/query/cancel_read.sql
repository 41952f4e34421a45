-- Ends a statement that nobody waits for any more.
-- Parameters: $1 integer, the server process it runs in. Returns one row. Locks: none. Any role may do it to its own sessions.
SELECT pg_cancel_backend($1::integer)
