-- Records a run of the server: from here on cursors carry its id. To be followed by a flush before one is given out.
-- Parameters: $1 text, its id (8 hex digits). Returns nothing.
-- It begins at the last checkpoint if that is later than the start (one ends every shutdown and every recovery), which is
-- closer to the start than this moment is. Locks: one row of its own.
INSERT INTO rtbridge.server_run (id, started_at, from_xid)
SELECT $1::text, pg_postmaster_start_time(),
       (SELECT (split_part(c.next_xid, ':', 1)::numeric * 4294967296 + split_part(c.next_xid, ':', 2)::numeric)::text::xid8
        FROM pg_control_checkpoint() c)
