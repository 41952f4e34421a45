-- All locks that the triggers of a table need are waited for together, and for less time than an application needs to find a
-- deadlock. Before, partitions were locked ahead of that, to see which there are, and after it, to replace the TRUNCATE trigger of one.
-- No table is touched here. Locks: none but of the functions.

-- Locks a table and what is below it, so that triggers can be made and dropped there. In the order in which writers do: the table, then
-- its partitions, then theirs; DROP TRIGGER begins with the partitions. Which there are is read once the table above is locked: from
-- then on none comes or goes. It is read from pg_inherits: pg_partition_tree would lock them all, in no such order. A partition that
-- is being detached CONCURRENTLY is locked, too: until that is finished it has its triggers, and DROP TRIGGER takes them off.
--
-- All of it waits no longer than one lock_timeout, and less than deadlock_timeout: who has written to a partition and comes for the
-- table would else find a deadlock while we wait for that partition, and fail. What this role may not lock by itself (LOCK TABLE asks
-- for a right to write) PostgreSQL locks on the way: lock_timeout is left at what remains, divided among those tables. Whoever calls
-- sets it back at the end.
-- Locks: ACCESS EXCLUSIVE where a trigger may have to be dropped, which on a partition can be one of its own; else SHARE ROW EXCLUSIVE.
-- That is not raised later: a reader may have come to wait for us by then.
CREATE FUNCTION rtbridge.lock_tree(relation regclass) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
  -- Null without a lock_timeout.
  deadline timestamptz := clock_timestamp() + interval '1 ms' * (
    SELECT least(l.setting::integer, d.setting::integer * 0.8) FROM pg_settings l, pg_settings d
    WHERE l.name = 'lock_timeout' AND l.setting <> '0' AND d.name = 'deadlock_timeout');
  level    oid[] := ARRAY[relation];
  drops    boolean := false;
  left_out integer := 0;
  below    record;
BEGIN
  WHILE cardinality(level) > 0 LOOP
    FOR below IN
      SELECT c.oid::regclass AS name,
             c.relkind IN ('r', 'p') AND has_table_privilege(c.oid, 'UPDATE, DELETE, TRUNCATE')
               AND has_schema_privilege(c.relnamespace, 'USAGE') AS lockable,
             EXISTS (SELECT FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
                     WHERE t.tgrelid = c.oid AND t.tgparentid = 0 AND p.pronamespace = 'rtbridge'::regnamespace) AS has_own
      FROM pg_class c WHERE c.oid = ANY (level) ORDER BY c.oid
    LOOP
      drops := drops OR (below.has_own AND below.name = relation);
      IF NOT below.lockable THEN
        left_out := left_out + 1;
        CONTINUE;
      END IF;
      IF deadline IS NOT NULL THEN
        PERFORM set_config('lock_timeout',
          greatest(ceil(extract(epoch FROM deadline - clock_timestamp()) * 1000), 1)::integer::text, true);
      END IF;
      EXECUTE format('LOCK TABLE ONLY %s IN %s MODE', below.name,
        CASE WHEN drops OR below.has_own THEN 'ACCESS EXCLUSIVE' ELSE 'SHARE ROW EXCLUSIVE' END);
    END LOOP;
    level := ARRAY(
      SELECT i.inhrelid FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid AND c.relispartition
      WHERE i.inhparent = ANY (level));
  END LOOP;
  IF deadline IS NOT NULL THEN
    PERFORM set_config('lock_timeout',
      greatest(ceil(extract(epoch FROM deadline - clock_timestamp()) * 1000 / greatest(left_out, 1)), 1)::integer::text, true);
  END IF;
END
$function$;

-- What default privileges gave to other roles is taken back, as in 0010.
DO $rights$
DECLARE
  grantee text;
BEGIN
  FOR grantee IN
    SELECT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END
    FROM pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
    WHERE p.oid = 'rtbridge.lock_tree(regclass)'::regprocedure AND a.grantee <> p.proowner
  LOOP
    EXECUTE format('REVOKE ALL ON FUNCTION rtbridge.lock_tree(regclass) FROM %s', grantee);
  END LOOP;
END
$rights$;

-- As in 0018, with the locks taken here. What fires ALWAYS is asked from the partition up, which locks nothing.
CREATE OR REPLACE FUNCTION rtbridge.capture_table(
  relation regclass, key_columns text[], excluded text[] DEFAULT '{}', max_row_bytes integer DEFAULT 1048576
) RETURNS integer
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
  timeout   text := current_setting('lock_timeout');
  table_id  integer;
  operation text;
  suffix    text;
  always    oid[];
  own       record;
BEGIN
  PERFORM pg_advisory_xact_lock(1920229746, 4);
  INSERT INTO rtbridge.captured_table AS t (relation, schema_name, table_name, key_columns, excluded, max_row_bytes)
  SELECT c.oid, n.nspname, c.relname, $2, $3, $4
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = $1
  ON CONFLICT ON CONSTRAINT captured_table_registration
  DO UPDATE SET registered_at = t.registered_at
  RETURNING t.id INTO table_id;

  PERFORM rtbridge.write_row_functions(table_id);
  PERFORM rtbridge.lock_tree(relation);
  always := ARRAY(
    SELECT t.tgrelid FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
    WHERE p.pronamespace = 'rtbridge'::regnamespace AND t.tgenabled = 'A'
      AND (t.tgrelid = $1 OR $1 IN (SELECT a.relid FROM pg_partition_ancestors(t.tgrelid) a)));
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
  PERFORM set_config('lock_timeout', timeout, true);
  RETURN table_id;
END
$function$;

-- As in 0006; the locks are the caller's.
CREATE OR REPLACE FUNCTION rtbridge.drop_triggers(relation regclass) RETURNS void
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

-- As in 0006, with the locks taken here.
CREATE OR REPLACE FUNCTION rtbridge.release_table(relation regclass) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
  timeout text := current_setting('lock_timeout');
BEGIN
  PERFORM pg_advisory_xact_lock(1920229746, 4);
  PERFORM rtbridge.lock_tree(relation);
  PERFORM rtbridge.drop_triggers(relation);
  PERFORM rtbridge.drop_unused_row_functions();
  PERFORM set_config('lock_timeout', timeout, true);
END
$function$;
