-- Changes this hub's row of the canary, and removes some rows of hubs that are long gone.
-- Parameters: $1 text, the hub's id; $2 bigint, its clock in microseconds, which must differ from the last time.
-- Returns nothing. Locks: the hub's own row; rows of dead hubs, skipped when another hub is removing them.
WITH dead AS (
  SELECT c.hub_id FROM rtbridge.canary c
  WHERE c.hub_id <> $1::text AND c.sent_at < now() - interval '1 hour'
  LIMIT 100 FOR UPDATE SKIP LOCKED
), gone AS (
  DELETE FROM rtbridge.canary c USING dead d WHERE c.hub_id = d.hub_id
)
INSERT INTO rtbridge.canary AS c (hub_id, beat) VALUES ($1::text, $2::bigint)
ON CONFLICT (hub_id) DO UPDATE SET beat = excluded.beat, sent_at = excluded.sent_at
