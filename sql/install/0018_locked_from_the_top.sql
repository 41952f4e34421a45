-- Triggers are made anew and taken off without a deadlock for those who write, also where partitions have partitions; by an owner
-- who may not write himself; and what a subscription fires stays so for each partition.
-- No table is touched here. Locks: none but of the functions.

-- As in 0017. A subscription may write to partitions and not to the table above, so each of them stays ENABLE ALWAYS if it was.
CREATE OR REPLACE FUNCTION rtbridge.capture_table(
  relation regclass, key_columns text[], excluded text[] DEFAULT '{}', max_row_bytes integer DEFAULT 1048576
) RETURNS integer
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
  table_id  integer;
  operation text;
  suffix    text;
  always    oid[];
  own       record;
BEGIN
  PERFORM pg_advisory_xact_lock(1920229746, 4);
  always := ARRAY(
    SELECT t.tgrelid FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
    WHERE p.pronamespace = 'rtbridge'::regnamespace AND t.tgenabled = 'A'
      AND t.tgrelid IN (SELECT $1 UNION ALL SELECT p.relid FROM pg_partition_tree($1) p));
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
    EXECUTE format('CREATE TRIGGER %I AFTER %s ON %s FOR EACH ROW EXECUTE FUNCTION rtbridge.%I(%L)',
      '!rtbridge_' || operation || suffix, operation, relation,
      format('capture_%s_%s', table_id, operation), table_id::text);
  END LOOP;
  EXECUTE format('CREATE TRIGGER %I AFTER TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION rtbridge.capture_truncate(%L)',
    '!rtbridge_truncate' || suffix, relation, table_id::text);
  IF relation = ANY (always) THEN
    FOREACH operation IN ARRAY ARRAY['insert', 'update', 'delete', 'truncate'] LOOP
      EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', relation, '!rtbridge_' || operation || suffix);
    END LOOP;
  END IF;
  PERFORM rtbridge.redirect_partitions(relation, table_id);
  FOR own IN
    SELECT t.tgname AS name, t.tgrelid::regclass AS partition FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
    WHERE p.pronamespace = 'rtbridge'::regnamespace AND t.tgenabled <> 'A' AND t.tgrelid = ANY (always)
  LOOP
    EXECUTE format('ALTER TABLE ONLY %s ENABLE ALWAYS TRIGGER %I', own.partition, own.name);
  END LOOP;
  PERFORM rtbridge.drop_unused_row_functions();
  RETURN table_id;
END
$function$;

-- As in 0017. Locks first, in the order in which writers do: the table, then what is below it. DROP TRIGGER begins with the partitions;
-- under load each would wait for the other until our lock_timeout. All of it waits no longer than one lock_timeout, and less than
-- deadlock_timeout: who has written to a partition and comes for the table would else find a deadlock while we wait for that partition,
-- and fail. What this role may not lock by itself (LOCK TABLE asks for a right to write) PostgreSQL locks on the way.
CREATE OR REPLACE FUNCTION rtbridge.drop_triggers(relation regclass) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
  ours     name[] := ARRAY(
    SELECT t.tgname FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
    WHERE t.tgrelid = relation AND t.tgparentid = 0 AND p.pronamespace = 'rtbridge'::regnamespace);
  mode     text := CASE cardinality(ours) WHEN 0 THEN 'SHARE ROW EXCLUSIVE' ELSE 'ACCESS EXCLUSIVE' END;
  timeout  text := current_setting('lock_timeout');
  -- Null without a lock_timeout.
  deadline timestamptz := clock_timestamp() + interval '1 ms' * least(
    (SELECT nullif(s.setting::integer, 0) FROM pg_settings s WHERE s.name = 'lock_timeout'),
    (SELECT s.setting::integer * 0.8 FROM pg_settings s WHERE s.name = 'deadlock_timeout' AND timeout <> '0'));
  below    regclass;
  name     name;
BEGIN
  FOR below IN
    SELECT c.oid FROM (SELECT relation AS relid, 0 AS level UNION SELECT p.relid, p.level FROM pg_partition_tree(relation) p) t
    JOIN pg_class c ON c.oid = t.relid
    WHERE c.relkind IN ('r', 'p') AND has_table_privilege(c.oid, 'UPDATE, DELETE, TRUNCATE')
      AND has_schema_privilege(c.relnamespace, 'USAGE')
    ORDER BY t.level, c.oid
  LOOP
    IF deadline IS NOT NULL THEN
      PERFORM set_config('lock_timeout',
        greatest(ceil(extract(epoch FROM deadline - clock_timestamp()) * 1000), 1)::integer::text, true);
    END IF;
    EXECUTE format('LOCK TABLE ONLY %s IN %s MODE', below, mode);
  END LOOP;
  PERFORM set_config('lock_timeout', timeout, true);
  FOREACH name IN ARRAY ours LOOP
    EXECUTE format('DROP TRIGGER %I ON %s', name, relation);
  END LOOP;
END
$function$;
