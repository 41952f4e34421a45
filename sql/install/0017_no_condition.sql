-- What a writer of a single row pays. PostgreSQL parses a trigger's condition anew for every statement, which took a seventh of
-- what capturing an UPDATE costs: whether anything was changed is now asked on the way, by an expression that is there anyway.
-- An UPDATE that changes nothing costs a little more, and is no event, as before. A variable is returned, because
-- RETURN NULL is an expression to be made ready, as is a variable's initial value; not OLD or NEW, which would be put together again
-- when their values are stored out of line.
-- Locks: none. Functions are made anew; the triggers stay, with their condition, which is right but slower, until they are made
-- anew for another reason or by `install-triggers --renew`.

-- As in 0002, which says why it looks so. A row that the first branch has taken already is not taken again by the second.
CREATE OR REPLACE FUNCTION rtbridge.row_function_body(registration rtbridge.captured_table, operation text) RETURNS text
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
  excludes  boolean := cardinality(registration.excluded) > 0;
  most      integer := registration.max_row_bytes;
  key_query text := (
    SELECT 'SELECT pg_catalog.jsonb_build_object('
           || string_agg(format('%L, ($1).%I', k.name, k.name), ', ' ORDER BY k.position) || ')'
    FROM unnest(registration.key_columns) WITH ORDINALITY AS k (name, position));
  image     text := 'pg_catalog.to_jsonb(@row)'
    || CASE WHEN excludes THEN ' OPERATOR(pg_catalog.-) %1$L::pg_catalog.text[]' ELSE '' END;
  body      text := $template$
DECLARE
  place     pg_catalog.int8;
  bytes     pg_catalog.int4;
  was       pg_catalog.jsonb;
  now_is    pg_catalog.jsonb;
  shortened pg_catalog.bool;
  nothing   pg_catalog.record;
BEGIN
  {guard}
  -- A row that jsonb cannot express (a json column holding \u0000, a value beyond jsonb's limits) must not fail the
  -- writer's statement. The block writes nothing, so it costs no transaction id.
  BEGIN
    {take if small}
    IF GREATEST({taken}) OPERATOR(pg_catalog.<=) 1000 THEN
      {drop if equal} -- the way of a small row
    ELSE
      {drop if unchanged}
      bytes := GREATEST({taken});
      IF bytes IS NULL THEN
        bytes := GREATEST({stored});
        -- A column may be left out because it is large: then only what remains decides, within reason.
        IF bytes OPERATOR(pg_catalog.<=) {most stored} THEN
          {take}
          bytes := GREATEST({taken});
        END IF;
      END IF;
      {drop if equal}
      -- The number 1e131071 takes 12 bytes and prints 131,072 digits. Rows are read as text, and one that cannot be
      -- printed would stop every reader. Below 1,000 bytes it is not worth the printing.
      IF bytes OPERATOR(pg_catalog.>) 1000 AND bytes OPERATOR(pg_catalog.<=) {most} THEN
        bytes := GREATEST({printed});
      END IF;
      IF bytes OPERATOR(pg_catalog.>) {most} THEN
        shortened := true;
        {take key}
      END IF;
    END IF;
  EXCEPTION WHEN OTHERS OR ASSERT_FAILURE THEN
    shortened := true;
    {take key}
  END;

  INSERT INTO rtbridge.journal (table_id, op, truncated, origin, old_row, new_row)
  VALUES ({id}, '{op}', shortened IS TRUE,
          pg_catalog."left"(pg_catalog.current_setting('rtbridge.origin', true), 200), was, now_is)
  RETURNING seq INTO place;

  -- The doorbell and the guard against a full disk stand here and not in triggers of the journal: a trigger's condition
  -- is made ready for every statement anew, too.
  IF NOT pg_catalog.pg_try_advisory_xact_lock_shared(1920229746, 1)
    OR place OPERATOR(pg_catalog.%%) 1000 OPERATOR(pg_catalog.=) 0 THEN
    PERFORM rtbridge.ring_if_asleep();
    IF place OPERATOR(pg_catalog.%%) 1000 OPERATOR(pg_catalog.=) 0 THEN
      PERFORM rtbridge.prune_from_trigger();
    END IF;
  END IF;
  RETURN nothing;
END
$template$;
BEGIN
  -- Everybody may attach the functions of a partitioned table (see 0006): elsewhere they do nothing.
  body := replace(body, '{guard}', CASE WHEN EXISTS (
      SELECT FROM pg_class c WHERE c.oid = registration.relation AND c.relkind = 'p')
    THEN 'IF COALESCE(pg_catalog.pg_partition_root(TG_RELID)::pg_catalog.oid, 0::pg_catalog.oid) '
         'OPERATOR(pg_catalog.<>) {relation}::pg_catalog.oid AND NOT rtbridge.is_part_of(TG_RELID, {id}) THEN RETURN NULL; END IF;'
    ELSE '' END);
  body := replace(body, '{relation}', registration.relation::text);
  -- The row before is left null where nothing was changed, and then the row after, too.
  body := replace(body, '{take if small}', CASE operation
    WHEN 'UPDATE' THEN
      'was := CASE WHEN GREATEST({stored}) OPERATOR(pg_catalog.<=) {small} AND {changed} THEN ' || replace(image, '@row', 'OLD') || ' END; '
      'now_is := CASE WHEN was IS NOT NULL THEN ' || replace(image, '@row', 'NEW') || ' END;'
    ELSE rtbridge.for_each_row(
      '@image := CASE WHEN {stored} OPERATOR(pg_catalog.<=) {small} THEN ' || image || ' END;', ' ', operation) END);
  body := replace(body, '{drop if unchanged}', CASE operation
    WHEN 'UPDATE' THEN 'IF was IS NULL AND NOT ({changed}) THEN RETURN nothing; END IF;' ELSE '' END);
  -- *<> compares rows bytewise: it works for types without equality (json, xml), and tells 1.0 from 1.00.
  body := replace(body, '{changed}', 'OLD OPERATOR(pg_catalog.*<>) NEW');
  body := replace(body, '{take}', rtbridge.for_each_row('@image := ' || image || ';', ' ', operation));
  body := replace(body, '{take key}', rtbridge.for_each_row(
    '@image := rtbridge.key_of(%2$L, @row);', ' ', operation));
  body := replace(body, '{stored}', rtbridge.for_each_row('pg_catalog.pg_column_size(@row)', ', ', operation));
  body := replace(body, '{taken}', rtbridge.for_each_row('pg_catalog.pg_column_size(@image)', ', ', operation));
  body := replace(body, '{printed}', rtbridge.for_each_row('pg_catalog.octet_length(@image::pg_catalog.text)', ', ', operation));
  -- Only what is left out was changed: not an event. As text, because 1.0 and 1.00 are equal as jsonb.
  body := replace(body, '{drop if equal}', CASE WHEN excludes AND operation = 'UPDATE'
    THEN 'IF was::pg_catalog.text OPERATOR(pg_catalog.=) now_is::pg_catalog.text THEN RETURN nothing; END IF;'
    ELSE 'NULL;' END);
  -- A stored value takes up to 255 times its bytes when it is unpacked.
  body := replace(body, '{small}', least(1000, most / 256)::text);
  body := replace(body, '{most stored}', CASE WHEN excludes THEN 67108864 ELSE most END::text);
  body := replace(body, '{most}', most::text);
  body := replace(body, '{id}', registration.id::text);
  body := replace(body, '{op}', left(operation, 1));
  -- What comes from the table's owner comes last: names are text to nobody but SQL.
  RETURN format(body, registration.excluded::text, key_query);
END
$function$;

-- As in 0006, which says what it is for. The triggers have no condition any more, and stay ENABLE ALWAYS if they were: changes
-- that a subscription brings are then still captured.
CREATE OR REPLACE FUNCTION rtbridge.capture_table(
  relation regclass, key_columns text[], excluded text[] DEFAULT '{}', max_row_bytes integer DEFAULT 1048576
) RETURNS integer
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
  table_id  integer;
  operation text;
  suffix    text;
  always    boolean := EXISTS (
    SELECT FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
    WHERE t.tgrelid = $1 AND t.tgparentid = 0 AND p.pronamespace = 'rtbridge'::regnamespace AND t.tgenabled = 'A');
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
    EXECUTE format('CREATE TRIGGER %I AFTER %s ON %s FOR EACH ROW EXECUTE FUNCTION rtbridge.%I(%L)',
      '!rtbridge_' || operation || suffix, operation, relation,
      format('capture_%s_%s', table_id, operation), table_id::text);
  END LOOP;
  EXECUTE format('CREATE TRIGGER %I AFTER TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION rtbridge.capture_truncate(%L)',
    '!rtbridge_truncate' || suffix, relation, table_id::text);
  IF always THEN
    FOREACH operation IN ARRAY ARRAY['insert', 'update', 'delete', 'truncate'] LOOP
      EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', relation, '!rtbridge_' || operation || suffix);
    END LOOP;
  END IF;
  PERFORM rtbridge.redirect_partitions(relation, table_id);
  PERFORM rtbridge.drop_unused_row_functions();
  RETURN table_id;
END
$function$;

-- As in 0006. DROP TRIGGER on a partitioned table locks its partitions before the table, writers lock the table first: under load each
-- waited for the other until our lock_timeout. Who may drop the triggers owns the table, and locks it first.
CREATE OR REPLACE FUNCTION rtbridge.drop_triggers(relation regclass) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
  ours name[] := ARRAY(
    SELECT t.tgname FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
    WHERE t.tgrelid = relation AND t.tgparentid = 0 AND p.pronamespace = 'rtbridge'::regnamespace);
  name name;
BEGIN
  IF cardinality(ours) > 0 THEN
    EXECUTE format('LOCK TABLE ONLY %s IN ACCESS EXCLUSIVE MODE', relation);
  END IF;
  FOREACH name IN ARRAY ours LOOP
    EXECUTE format('DROP TRIGGER %I ON %s', name, relation);
  END LOOP;
END
$function$;

-- Functions of tables that are captured already are made anew now.
DO $upgrade$
BEGIN
  PERFORM rtbridge.write_row_functions(t.id) FROM rtbridge.captured_table t
  WHERE to_regprocedure(format('rtbridge.capture_%s_insert()', t.id)) IS NOT NULL;
END
$upgrade$;
