-- Takes a revocation back: what was revoked is good again.
-- Parameters: $1 text, key | jti | user; $2 text, which; $3 text, the channel on which hubs are told.
-- Returns a row when there was such a revocation. Locks: the row of rtbridge.revocation_state, until the commit.
WITH gone AS (
  DELETE FROM rtbridge.revocation WHERE kind = $1::text AND subject = $2::text RETURNING kind
), told AS (
  UPDATE rtbridge.revocation_state SET revision = revision + 1
  WHERE EXISTS (SELECT FROM gone) RETURNING pg_notify($3::text, '')
)
SELECT kind FROM gone, told
