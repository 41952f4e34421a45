-- Writes an event without a row to the journal, unless one was written with this key.
-- Parameters: $1 text, event type; $2 jsonb, data; $3 text, room or null; $4 text, origin; $5 text, digest of the key, hex.
-- Returns seq, the position of the one that was written. Locks: those of rtbridge.publish_once, which may wait for another
-- session that writes one with the same key.
SELECT set_config('rtbridge.origin', $4::text, true),
       rtbridge.publish_once($1::text, $2::jsonb, $3::text, decode($5::text, 'hex')) AS seq
