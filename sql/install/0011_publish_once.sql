-- Events that are stored once, however often they are sent: a sender that lost the answer sends again with the same key.
-- Locks: only on the objects created here.

CREATE TABLE rtbridge.publish_key (
  -- SHA-256 of the sender and his key: nobody's keys can be read here, and none is too long for the index.
  digest bytea PRIMARY KEY CHECK (octet_length(digest) = 32),
  -- The event's position in the journal; null only inside the transaction that writes both.
  seq    bigint,
  at     timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp()
);
CREATE INDEX publish_key_at ON rtbridge.publish_key (at);

-- Forgets keys that are past retention, the oldest first.
-- Parameters: most rows to delete in this call. Returns the number of rows deleted.
-- Locks: row locks on the deleted rows; those of other sessions are skipped. Never waits. Relies on publish_key_at.
CREATE FUNCTION rtbridge.prune_publish_keys(max_rows integer) RETURNS integer
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
  cutoff  timestamptz;
  deleted integer;
BEGIN
  SELECT clock_timestamp() - r.keep INTO cutoff FROM rtbridge.retention r;
  DELETE FROM rtbridge.publish_key k WHERE k.digest IN (
    SELECT p.digest FROM rtbridge.publish_key p WHERE p.at < cutoff ORDER BY p.at LIMIT max_rows FOR UPDATE SKIP LOCKED
  );
  GET DIAGNOSTICS deleted = ROW_COUNT;
  RETURN deleted;
END
$function$;

-- Like rtbridge.publish, but an event whose key is known is not stored again.
-- Parameters: those of rtbridge.publish; the digest of the key. Returns the journal position (seq) of the event, or of the
-- one that was stored with this key.
-- Locks: the row of the key, to the end of the transaction: the same key in another one waits for it, and stores the event
-- if this one is rolled back.
CREATE FUNCTION rtbridge.publish_once(event_type text, data jsonb, room text, key_digest bytea) RETURNS bigint
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
  position bigint;
BEGIN
  LOOP
    INSERT INTO rtbridge.publish_key (digest) VALUES (key_digest) ON CONFLICT (digest) DO NOTHING;
    IF FOUND THEN
      position := rtbridge.publish(event_type, data, room);
      UPDATE rtbridge.publish_key k SET seq = position WHERE k.digest = key_digest;
      -- With no hub to prune, each that comes takes two that are past with it. Not in a stricter transaction, where a
      -- row that is deleted elsewhere would be a failure.
      IF current_setting('transaction_isolation') = 'read committed' THEN
        PERFORM rtbridge.prune_publish_keys(2);
      END IF;
      RETURN position;
    END IF;
    SELECT k.seq INTO position FROM rtbridge.publish_key k WHERE k.digest = key_digest;
    IF FOUND THEN
      RETURN position;
    END IF;
    -- It was pruned in between: then it is past, and this is another event.
  END LOOP;
END
$function$;

-- For hubs only: who could ask for the keys of others would learn which are used, and could use them up. What default
-- privileges gave to other roles is taken back, as in 0010.
DO $rights$
DECLARE
  given record;
BEGIN
  FOR given IN
    WITH made (object, acl, owner) AS (
      SELECT 'TABLE rtbridge.publish_key', c.relacl, c.relowner
      FROM pg_class c WHERE c.oid = 'rtbridge.publish_key'::regclass
      UNION ALL
      SELECT format('FUNCTION %s', p.oid::regprocedure), p.proacl, p.proowner
      FROM pg_proc p WHERE p.pronamespace = 'rtbridge'::regnamespace AND p.proname IN ('publish_once', 'prune_publish_keys')
    )
    SELECT DISTINCT m.object, CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END AS role
    FROM made m, aclexplode(m.acl) a WHERE a.grantee <> m.owner
  LOOP
    EXECUTE format('REVOKE ALL ON %s FROM %s', given.object, given.role);
  END LOOP;
END
$rights$;
REVOKE ALL ON FUNCTION rtbridge.publish_once(text, jsonb, text, bytea), rtbridge.prune_publish_keys(integer) FROM PUBLIC;
