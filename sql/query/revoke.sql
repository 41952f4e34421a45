-- Takes back a key, a token, or everything a user has. Again: as of now, and for no shorter time than before.
-- Parameters: $1 text, key | jti | user; $2 text, which; $3 text, timestamp until when it matters, or null = for ever;
-- $4 text, the channel on which hubs are told.
-- Returns revoked_at and expires_at, ms since the epoch. Locks: the row of rtbridge.revocation_state, until the commit.
WITH told AS (
  UPDATE rtbridge.revocation_state SET revision = revision + 1 RETURNING pg_notify($4::text, '')
), added AS (
  INSERT INTO rtbridge.revocation AS r (kind, subject, expires_at)
  SELECT $1::text, $2::text, $3::timestamptz FROM told
  ON CONFLICT (kind, subject) DO UPDATE SET
    revoked_at = excluded.revoked_at,
    expires_at = CASE WHEN r.expires_at IS NULL OR excluded.expires_at IS NULL THEN NULL
                      ELSE greatest(r.expires_at, excluded.expires_at) END
  RETURNING revoked_at, expires_at
)
SELECT floor(extract(epoch FROM revoked_at) * 1000)::text AS revoked_at,
       floor(extract(epoch FROM expires_at) * 1000)::text AS expires_at
FROM added
