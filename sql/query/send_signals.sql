-- Hands signals to every hub of this database, in their order.
-- Parameters: $1 text, the channel; $2 text[], payloads of less than 8000 bytes each. Returns a row per payload.
-- Without a flush of its own: a signal that a crash undoes is one that got lost, which signals may.
-- Locks: the notification queue, until the end of this statement.
SELECT pg_notify($1::text, p.payload)
FROM (SELECT set_config('synchronous_commit', 'off', true)) s (setting),
     unnest($2::text[]) WITH ORDINALITY AS p (payload, position)
WHERE s.setting IS NOT NULL
ORDER BY p.position
