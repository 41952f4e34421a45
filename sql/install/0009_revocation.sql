-- Keys and tokens that were taken back, so that every hub of this database refuses them.
-- `rtbridge token revoke` and `restore` write here; hubs read. Locks: only on the objects created here.

-- The one row tells hubs whether the list changed since they read it. It counts up in the transaction that changes the
-- list, so who sees the new number sees the change.
CREATE TABLE rtbridge.revocation_state (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  revision bigint NOT NULL DEFAULT 1
);
INSERT INTO rtbridge.revocation_state DEFAULT VALUES;

CREATE TABLE rtbridge.revocation (
  -- key: a name of `auth.keys`. jti: the id of a token. user: everything that was issued to the user before.
  kind       text NOT NULL CHECK (kind IN ('key', 'jti', 'user')),
  subject    text NOT NULL CHECK (length(subject) BETWEEN 1 AND 500),
  revoked_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
  -- When the token would have expired anyway: the row then goes. Null: it stays.
  expires_at timestamptz,
  PRIMARY KEY (kind, subject)
);
