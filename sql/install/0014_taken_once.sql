-- A row of many columns takes more as JSON than as it is stored. One that is small as stored and above 1,000 bytes as JSON (some 24
-- columns) was made into JSON twice, a quarter of what capturing it cost its writer.
-- Locks: none; functions are made anew, the triggers stay.

-- As in 0002, which says why it looks so; a row that the first branch has taken already is not taken again by the second.
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

-- Tables that are captured already get them now.
DO $upgrade$
BEGIN
  PERFORM rtbridge.write_row_functions(t.id) FROM rtbridge.captured_table t
  WHERE to_regprocedure(format('rtbridge.capture_%s_insert()', t.id)) IS NOT NULL;
END
$upgrade$;
