-- Sets how much of the past is kept. Parameters: $1 bigint, milliseconds; $2 bigint, bytes.
-- Returns a row when something changed. Locks: the row of rtbridge.retention.
UPDATE rtbridge.retention SET keep = $1::bigint * interval '1 millisecond', max_bytes = $2::bigint
WHERE (keep, max_bytes) IS DISTINCT FROM ($1::bigint * interval '1 millisecond', $2::bigint)
RETURNING true AS changed
