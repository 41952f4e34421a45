-- Writes an event without a row to the journal.
-- Parameters: $1 text, event type; $2 jsonb, data; $3 text, room or null; $4 text, origin.
-- Returns seq, its position. Locks: those of rtbridge.publish.
SELECT set_config('rtbridge.origin', $4::text, true), rtbridge.publish($1::text, $2::jsonb, $3::text) AS seq
