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

  PERFORM rtbridge.write_row_functions(table_id);
  PERFORM rtbridge.drop_triggers(relation);
  suffix := CASE (SELECT c.relkind FROM pg_class c WHERE c.oid = relation) WHEN 'p' THEN '_' || table_id ELSE '' END;
  FOREACH operation IN ARRAY ARRAY['insert', 'update', 'delete'] LOOP
    -- *<> compares rows bytewise: a no-op UPDATE is not an event, and it works for types without equality (json, xml).
    EXECUTE format('CREATE TRIGGER %I AFTER %s ON %s FOR EACH ROW %s EXECUTE FUNCTION rtbridge.%I(%L)',
      '!rtbridge_' || operation || suffix, operation, relation,
      CASE operation WHEN 'update' THEN 'WHEN (OLD.* OPERATOR(pg_catalog.*<>) NEW.*)' ELSE '' END,
      format('capture_%s_%s', table_id, operation), table_id::text);
  END LOOP;
  EXECUTE format('CREATE TRIGGER %I AFTER TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION rtbridge.capture_truncate(%L)',
    '!rtbridge_truncate' || suffix, relation, table_id::text);
  PERFORM rtbridge.redirect_partitions(relation, table_id);
  PERFORM rtbridge.drop_unused_row_functions();
  RETURN table_id;
END
$function$;

-- TRUNCATE of a partition fires no trigger of the table above it, so an admin may give partitions one of their own
-- (`rtbridge doctor` says how). They speak for the table above: a new registration of it takes them along.
CREATE FUNCTION rtbridge.redirect_partitions(relation regclass, table_id integer) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
  own record;
BEGIN
  FOR own IN
    SELECT t.tgname AS name, t.tgrelid::regclass AS partition
    FROM pg_partition_tree(relation) p JOIN pg_trigger t ON t.tgrelid = p.relid
    WHERE t.tgrelid <> relation AND t.tgparentid = 0 AND t.tgfoid = 'rtbridge.capture_truncate'::regproc
      AND split_part(encode(t.tgargs, 'escape'), '\000', 1) <> table_id::text
      AND NOT EXISTS (SELECT FROM pg_trigger o WHERE o.tgrelid = t.tgrelid AND o.tgparentid = 0
                      AND o.tgfoid <> t.tgfoid AND o.tgname LIKE '!rtbridge\_%')
  LOOP
    EXECUTE format('DROP TRIGGER %I ON %s', own.name, own.partition);
    EXECUTE format('CREATE TRIGGER %I AFTER TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION rtbridge.capture_truncate(%L)',
      own.name, own.partition, table_id::text);
  END LOOP;
END
$function$;

-- Makes the three row functions of a registration, or makes them anew after the template has changed: the triggers stay,
-- so no table is locked. They belong to the journal's owner, whose rights they need, whoever calls or owns the schema.
-- Those of a partitioned table may be executed by everybody: PostgreSQL asks for that right when a partition gets its copies
-- of the triggers, and without it the owner, whoever that is by then, could neither make nor attach one. A grant to the
-- owner alone would keep that role from being dropped. The functions themselves refuse other tables (see 0002).
CREATE FUNCTION rtbridge.write_row_functions(table_id integer) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
  registration rtbridge.captured_table;
  owner        oid := (SELECT c.relowner FROM pg_class c WHERE c.oid = 'rtbridge.journal'::regclass);
  operation    text;
  signature    text;
  grantee      text;
BEGIN
  SELECT * INTO STRICT registration FROM rtbridge.captured_table t WHERE t.id = table_id;
  FOREACH operation IN ARRAY ARRAY['insert', 'update', 'delete'] LOOP
    signature := format('rtbridge.capture_%s_%s()', table_id, operation);
    EXECUTE format('CREATE OR REPLACE FUNCTION %s RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS %L',
      signature, rtbridge.row_function_body(registration, upper(operation)));
    EXECUTE format('ALTER FUNCTION %s OWNER TO %I', signature, pg_get_userbyid(owner));
    FOR grantee IN
      SELECT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END
      FROM pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
      WHERE p.oid = signature::regprocedure AND a.grantee <> p.proowner
    LOOP
      EXECUTE format('REVOKE ALL ON FUNCTION %s FROM %s', signature, grantee);
    END LOOP;
    IF EXISTS (SELECT FROM pg_class c WHERE c.oid = registration.relation AND c.relkind = 'p') THEN
      EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO PUBLIC', signature);
    END IF;
  END LOOP;
END
$function$;

-- Takes our triggers off a table. Its changes in the journal stay.
-- Locks: as above; the table only if there is a trigger of ours on it.
CREATE FUNCTION rtbridge.release_table(relation regclass) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
  PERFORM pg_advisory_xact_lock(1920229746, 4);
  PERFORM rtbridge.drop_triggers(relation);
  PERFORM rtbridge.drop_unused_row_functions();
END
$function$;

CREATE FUNCTION rtbridge.drop_triggers(relation regclass) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
  ours name;
BEGIN
  FOR ours IN
    SELECT t.tgname FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
    WHERE t.tgrelid = relation AND t.tgparentid = 0 AND p.pronamespace = 'rtbridge'::regnamespace
  LOOP
    EXECUTE format('DROP TRIGGER %I ON %s', ours, relation);
  END LOOP;
END
$function$;

-- Drops the row functions that no trigger uses any more, those of dropped tables, too. It runs while a table is locked, so
-- the list of all triggers is read once: NOT EXISTS makes PostgreSQL 13 read it again for every function.
CREATE FUNCTION rtbridge.drop_unused_row_functions() RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
  unused regprocedure;
BEGIN
  FOR unused IN
    SELECT p.oid FROM pg_proc p
    WHERE p.pronamespace = 'rtbridge'::regnamespace AND p.proname ~ '^capture_[0-9]+_(insert|update|delete)$'
      AND pg_has_role(p.proowner, 'USAGE')
    EXCEPT SELECT t.tgfoid FROM pg_trigger t
  LOOP
    EXECUTE format('DROP FUNCTION %s', unused);
  END LOOP;
END
$function$;

REVOKE ALL ON FUNCTION rtbridge.capture_table(regclass, text[], text[], integer), rtbridge.write_row_functions(integer),
  rtbridge.redirect_partitions(regclass, integer), rtbridge.release_table(regclass), rtbridge.drop_triggers(regclass), rtbridge.drop_unused_row_functions() FROM PUBLIC;
