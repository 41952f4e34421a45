-- What the triggers of captured tables do. Every registration has row functions of its own, one per operation, made from the
-- template below with all that is known at installation written in: PL/pgSQL makes each expression ready anew in every
-- transaction, and that is most of what capturing costs. For the same reason there are as few expressions as can be on the
-- way of a small row, and all that is rarely needed stands on the other branch.
--
-- SECURITY DEFINER, so that writers need no right on this schema. The caller chooses its search_path, therefore every
-- function, type and operator in the template is qualified, and there is no IN, BETWEEN or CASE x WHEN, which look for
-- an operator by themselves. No SET clause: it costs more than the rest of the call.

-- A piece of the template for the rows an operation has: @row becomes OLD or NEW, @image the variable that takes it.
CREATE FUNCTION rtbridge.for_each_row(piece text, separator text, operation text) RETURNS text
  LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $function$
  SELECT concat_ws(separator,
    CASE WHEN operation <> 'INSERT' THEN replace(replace(piece, '@row', 'OLD'), '@image', 'was') END,
    CASE WHEN operation <> 'DELETE' THEN replace(replace(piece, '@row', 'NEW'), '@image', 'now_is') END)
$function$;

-- The body of the function behind one row trigger.
-- Parameters: the registration; INSERT, UPDATE or DELETE. Locks: none.
CREATE FUNCTION rtbridge.row_function_body(registration rtbridge.captured_table, operation text) RETURNS text
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
  shortened pg_catalog.bool := false;
BEGIN
  {guard}
  -- A row that jsonb cannot express (a json column holding \u0000, a value beyond jsonb's limits) must not fail the
  -- writer's statement. The block writes nothing, so it costs no transaction id.
  BEGIN
    {take if small}
    IF GREATEST({taken}) OPERATOR(pg_catalog.<=) 1000 THEN
      {drop if equal} -- the way of a small row
    ELSE
      bytes := GREATEST({stored});
      -- A column may be left out because it is large: then only what remains decides, within reason.
      IF bytes OPERATOR(pg_catalog.<=) {most stored} THEN
        {take}
        {drop if equal}
        bytes := GREATEST({taken});
        -- The number 1e131071 takes 12 bytes and prints 131,072 digits. Rows are read as text, and one that cannot be
        -- printed would stop every reader. Below 1,000 bytes it is not worth the printing.
        IF bytes OPERATOR(pg_catalog.>) 1000 AND bytes OPERATOR(pg_catalog.<=) {most} THEN
          bytes := GREATEST({printed});
        END IF;
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
  VALUES ({id}, '{op}', shortened,
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
  RETURN NULL;
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
  body := replace(body, '{take if small}', rtbridge.for_each_row(
    '@image := CASE WHEN GREATEST({stored}) OPERATOR(pg_catalog.<=) {small} THEN ' || image || ' END;', ' ', operation));
  body := replace(body, '{take}', rtbridge.for_each_row('@image := ' || image || ';', ' ', operation));
  body := replace(body, '{take key}', rtbridge.for_each_row(
    '@image := rtbridge.key_of(%2$L, @row);', ' ', operation));
  body := replace(body, '{stored}', rtbridge.for_each_row('pg_catalog.pg_column_size(@row)', ', ', operation));
  body := replace(body, '{taken}', rtbridge.for_each_row('pg_catalog.pg_column_size(@image)', ', ', operation));
  body := replace(body, '{printed}', rtbridge.for_each_row('pg_catalog.octet_length(@image::pg_catalog.text)', ', ', operation));
  -- Only what is left out was changed: not an event. As text, because 1.0 and 1.00 are equal as jsonb.
  body := replace(body, '{drop if equal}', CASE WHEN excludes AND operation = 'UPDATE'
    THEN 'IF was::pg_catalog.text OPERATOR(pg_catalog.=) now_is::pg_catalog.text THEN RETURN NULL; END IF;'
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

-- Whether a table is the registered one or below it. After a restore the registered one has another oid and is known by its
-- name, until install-triggers has run.
CREATE FUNCTION rtbridge.is_part_of(candidate oid, table_id integer) RETURNS boolean
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $function$
  SELECT EXISTS (
    SELECT FROM rtbridge.captured_table t, pg_partition_ancestors(candidate::regclass) a, pg_class c, pg_namespace n
    WHERE t.id = table_id AND c.oid = a.relid AND n.oid = c.relnamespace
      AND (c.oid = t.relation OR (n.nspname = t.schema_name AND c.relname = t.table_name
                                  AND NOT EXISTS (SELECT FROM pg_class o WHERE o.oid = t.relation AND o.relkind = 'p'))))
$function$;

-- The key of a row as an object; null without a row or a key, or when a key column was renamed since the install: the
-- change is then journalled without its key rather than failing the writer.
-- Parameters: a query that makes the object from $1, null for a table without a key; the row. The SET clause matters:
-- `($1).code` calls a function of this name when there is no such column, and it must not find one of the caller's.
CREATE FUNCTION rtbridge.key_of(key_query text, whole_row record) RETURNS jsonb
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
  key jsonb;
BEGIN
  IF key_query IS NOT NULL AND whole_row IS DISTINCT FROM NULL THEN
    EXECUTE key_query INTO key USING whole_row;
  END IF;
  RETURN key;
EXCEPTION WHEN OTHERS OR ASSERT_FAILURE THEN
  RETURN NULL;
END
$function$;

CREATE FUNCTION rtbridge.capture_truncate() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER AS $function$
BEGIN
  INSERT INTO rtbridge.journal (table_id, op, origin)
  VALUES (TG_ARGV[0]::pg_catalog.int4, 'T',
          pg_catalog."left"(pg_catalog.current_setting('rtbridge.origin', true), 200));
  PERFORM rtbridge.ring_if_asleep();
  RETURN NULL;
END
$function$;

-- Whoever may execute a trigger function can attach it to a table of their own and forge changes.
REVOKE ALL ON FUNCTION rtbridge.capture_truncate(), rtbridge.is_part_of(oid, integer), rtbridge.key_of(text, record),
  rtbridge.for_each_row(text, text, text), rtbridge.row_function_body(rtbridge.captured_table, text) FROM PUBLIC;
