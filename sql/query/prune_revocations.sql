-- Forgets revocations of what has expired by itself; hubs forget them by their own clock at the same time.
-- Parameters: none. Returns a row per revocation that went. Locks: these rows; those that another hub holds are skipped.
DELETE FROM rtbridge.revocation
WHERE (kind, subject) IN (
  SELECT kind, subject FROM rtbridge.revocation WHERE expires_at <= now() LIMIT 1000 FOR UPDATE SKIP LOCKED)
RETURNING kind
