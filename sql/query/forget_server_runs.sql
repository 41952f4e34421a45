-- Forgets all but the newest runs of the server. Parameters: $1 integer, how many to keep. Locks: the deleted rows.
DELETE FROM rtbridge.server_run r
WHERE r.place <= (SELECT max(n.place) FROM rtbridge.server_run n) - $1::integer
