-- What is revoked.
-- Parameters: $1 text, the revision that the caller knows, or null.
-- Returns one row with the revision and whether there are expired entries; `revocations` is a JSON list of
-- {kind, subject, revoked_at, expires_at} in ms since the epoch, or null when the revision is the known one.
-- Locks: none. Indexes: the revision is a table of one row.
SELECT s.revision::text AS revision,
       EXISTS (SELECT FROM rtbridge.revocation e WHERE e.expires_at <= now()) AS has_expired,
       CASE WHEN s.revision::text IS DISTINCT FROM $1::text THEN (
         SELECT coalesce(json_agg(json_build_object(
                  'kind', r.kind, 'subject', r.subject,
                  'revoked_at', floor(extract(epoch FROM r.revoked_at) * 1000),
                  'expires_at', floor(extract(epoch FROM r.expires_at) * 1000))
                  ORDER BY r.revoked_at, r.kind, r.subject), '[]')
         FROM rtbridge.revocation r WHERE r.expires_at IS NULL OR r.expires_at > now()
       ) END AS revocations
FROM rtbridge.revocation_state s
