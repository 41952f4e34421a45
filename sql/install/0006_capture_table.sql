-- Puts our four triggers on a table, replacing those that are there. Callable by hand by whoever owns table and schema.
-- Parameters: the table (ordinary or partitioned); its key columns in order, empty for none; columns to leave out; the
-- largest row in bytes. Returns the registration's id.
-- Locks, all to the end of the transaction: the advisory lock (1920229746, 4), so that two installers do not meet; the
-- table, SHARE ROW EXCLUSIVE (it waits for writers, not for readers) when it has no trigger of ours yet, else ACCESS
-- EXCLUSIVE. Set lock_timeout before calling.
--
-- The names begin with ! so that ours fire first: when another trigger of the statement changes the row again, the
-- journal then has both changes in the order in which they happened. On a partitioned table they end with the id: its
-- partitions get triggers of the same name, and a table that has triggers of ours by itself must not be kept from being
-- attached to it by a name that is taken.
CREATE FUNCTION rtbridge.capture_table(
  relation regclass, key_columns text[], excluded text[] DEFAULT '{}', max_row_bytes integer DEFAULT 1048576
) RETURNS integer
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
  table_id  integer;
  key_query text;
  arguments text;
  operation text;
  suffix    text;
BEGIN
  PERFORM pg_advisory_xact_lock(1920229746, 4);
  INSERT INTO rtbridge.captured_table AS t (relation, schema_name, table_name, key_columns, excluded, max_row_bytes)
  SELECT c.oid, n.nspname, c.relname, $2, $3, $4
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = $1
  ON CONFLICT ON CONSTRAINT captured_table_registration
  DO UPDATE SET registered_at = t.registered_at
  RETURNING t.id INTO table_id;

  SELECT 'SELECT pg_catalog.jsonb_build_object(' || string_agg(format('%L, ($1).%I', k.name, k.name), ', ') || ')'
  INTO key_query FROM unnest(key_columns) WITH ORDINALITY AS k (name, position);
  -- A stored value takes up to 255 times its bytes when it is unpacked.
  arguments := format('%L, %L, %L, %L', table_id::text, max_row_bytes::text, coalesce(key_query, ''),
    CASE WHEN cardinality(excluded) > 0 THEN 0 ELSE least(1000, max_row_bytes / 256) END::text);
  IF cardinality(excluded) > 0 THEN
    arguments := arguments || format(', %L', excluded::text);
  END IF;

  suffix := CASE (SELECT c.relkind FROM pg_class c WHERE c.oid = relation) WHEN 'p' THEN '_' || table_id ELSE '' END;

  PERFORM rtbridge.release_table(relation);
  FOREACH operation IN ARRAY ARRAY['INSERT', 'UPDATE', 'DELETE'] LOOP
    -- *<> compares rows bytewise: a no-op UPDATE is not an event, and it works for types without equality (json, xml).
    EXECUTE format('CREATE TRIGGER %I AFTER %s ON %s FOR EACH ROW %s EXECUTE FUNCTION rtbridge.capture_row(%s)',
      '!rtbridge_' || lower(operation) || suffix, operation, relation,
      CASE operation WHEN 'UPDATE' THEN 'WHEN (OLD.* OPERATOR(pg_catalog.*<>) NEW.*)' ELSE '' END, arguments);
  END LOOP;
  EXECUTE format('CREATE TRIGGER %I AFTER TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION rtbridge.capture_truncate(%L)',
    '!rtbridge_truncate' || suffix, relation, table_id::text);
  RETURN table_id;
END
$function$;

-- Takes our triggers off a table. Its changes in the journal stay.
-- Locks: as above; the table only if there is a trigger of ours on it.
CREATE FUNCTION rtbridge.release_table(relation regclass) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
  ours name;
BEGIN
  PERFORM pg_advisory_xact_lock(1920229746, 4);
  FOR ours IN
    SELECT t.tgname FROM pg_trigger t
    WHERE t.tgrelid = relation AND t.tgparentid = 0
      AND t.tgfoid IN ('rtbridge.capture_row'::regproc, 'rtbridge.capture_truncate'::regproc)
  LOOP
    EXECUTE format('DROP TRIGGER %I ON %s', ours, relation);
  END LOOP;
END
$function$;

REVOKE ALL ON FUNCTION rtbridge.capture_table(regclass, text[], text[], integer), rtbridge.release_table(regclass)
  FROM PUBLIC;
