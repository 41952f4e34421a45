-- The function behind the row triggers of captured tables, and the one behind TRUNCATE.
--
-- Trigger arguments: 0 captured_table.id; 1 largest row in bytes; 2 a query that makes a row's key object from $1, or
-- the empty text; 3 rows up to this many bytes need no further look, 0 when columns are left out; 4 (optional) an array
-- literal of columns that are left out.
--
-- SECURITY DEFINER, so that writers need no right on this schema. The caller chooses its search_path, therefore every
-- function, type and operator below is qualified, and there is no IN, BETWEEN or CASE x WHEN, which look for an operator by
-- themselves. No SET clause: it costs more than the rest of the call.
--
-- Every expression on the way of a small row is made ready anew in each transaction; that is most of what capturing costs.
-- So there are as few as can be, and all that is rarely needed stands on the other branch.
CREATE FUNCTION rtbridge.capture_row() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER AS $function$
DECLARE
  place     pg_catalog.int8;
  bytes     pg_catalog.int4;
  was       pg_catalog.jsonb;
  now_is    pg_catalog.jsonb;
  shortened pg_catalog.bool := false;
BEGIN
  -- A row that jsonb cannot express (a json column holding \u0000, a value beyond jsonb's limits) must not fail the
  -- writer's statement. The block writes nothing, so it costs no transaction id.
  BEGIN
    was := CASE WHEN GREATEST(pg_catalog.pg_column_size(OLD), pg_catalog.pg_column_size(NEW))
      OPERATOR(pg_catalog.<=) TG_ARGV[3]::pg_catalog.int4 THEN pg_catalog.to_jsonb(OLD) END;
    now_is := CASE WHEN GREATEST(pg_catalog.pg_column_size(OLD), pg_catalog.pg_column_size(NEW))
      OPERATOR(pg_catalog.<=) TG_ARGV[3]::pg_catalog.int4 THEN pg_catalog.to_jsonb(NEW) END;
    IF GREATEST(pg_catalog.pg_column_size(was), pg_catalog.pg_column_size(now_is)) OPERATOR(pg_catalog.<=) 1000 THEN
      NULL; -- the way of a small row
    ELSE
      bytes := GREATEST(pg_catalog.pg_column_size(OLD), pg_catalog.pg_column_size(NEW));
      -- A column may be left out because it is large: then only what remains decides, within reason.
      IF bytes OPERATOR(pg_catalog.<=)
        (CASE WHEN TG_NARGS OPERATOR(pg_catalog.>) 4 THEN 67108864 ELSE TG_ARGV[1]::pg_catalog.int4 END) THEN
        was := pg_catalog.to_jsonb(OLD);
        now_is := pg_catalog.to_jsonb(NEW);
        IF TG_NARGS OPERATOR(pg_catalog.>) 4 THEN
          was := was OPERATOR(pg_catalog.-) TG_ARGV[4]::pg_catalog.text[];
          now_is := now_is OPERATOR(pg_catalog.-) TG_ARGV[4]::pg_catalog.text[];
          -- Only what is left out was changed: not an event. As text, because 1.0 and 1.00 are equal as jsonb.
          IF was::pg_catalog.text OPERATOR(pg_catalog.=) now_is::pg_catalog.text THEN
            RETURN NULL;
          END IF;
        END IF;
        bytes := GREATEST(pg_catalog.pg_column_size(was), pg_catalog.pg_column_size(now_is));
        -- The number 1e131071 takes 12 bytes and prints 131,072 digits. Rows are read as text, and one that cannot be
        -- printed would stop every reader. Below 1,000 bytes it is not worth the printing.
        IF bytes OPERATOR(pg_catalog.>) 1000 AND bytes OPERATOR(pg_catalog.<=) TG_ARGV[1]::pg_catalog.int4 THEN
          bytes := GREATEST(pg_catalog.octet_length(was::pg_catalog.text),
                            pg_catalog.octet_length(now_is::pg_catalog.text));
        END IF;
      END IF;
      IF bytes OPERATOR(pg_catalog.>) TG_ARGV[1]::pg_catalog.int4 THEN
        shortened := true;
        was := rtbridge.key_of(TG_ARGV[2], OLD);
        now_is := rtbridge.key_of(TG_ARGV[2], NEW);
      END IF;
    END IF;
  EXCEPTION WHEN OTHERS OR ASSERT_FAILURE THEN
    shortened := true;
    was := rtbridge.key_of(TG_ARGV[2], OLD);
    now_is := rtbridge.key_of(TG_ARGV[2], NEW);
  END;

  INSERT INTO rtbridge.journal (table_id, op, truncated, origin, old_row, new_row)
  VALUES (TG_ARGV[0]::pg_catalog.int4, TG_OP::pg_catalog."char", shortened,
          pg_catalog."left"(pg_catalog.current_setting('rtbridge.origin', true), 200), was, now_is)
  RETURNING seq INTO place;

  -- The doorbell (see 0003) and the guard against a full disk (see 0004) stand here and not in triggers of the journal:
  -- a trigger's condition is made ready for every statement anew, too.
  IF NOT pg_catalog.pg_try_advisory_xact_lock_shared(1920229746, 1)
    OR place OPERATOR(pg_catalog.%) 1000 OPERATOR(pg_catalog.=) 0 THEN
    PERFORM rtbridge.ring_if_asleep();
    IF place OPERATOR(pg_catalog.%) 1000 OPERATOR(pg_catalog.=) 0 THEN
      PERFORM rtbridge.prune_from_trigger();
    END IF;
  END IF;
  RETURN NULL;
END
$function$;

-- The key of a row as an object; null without a row or a key, or when a key column was renamed since the install: the
-- change is then journalled without its key rather than failing the writer.
-- Parameters: trigger argument 2; the row. The SET clause matters: `($1).code` calls a function of this name when there
-- is no such column, and it must not find one of the caller's.
CREATE FUNCTION rtbridge.key_of(key_query text, whole_row record) RETURNS jsonb
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
  key jsonb;
BEGIN
  IF key_query <> '' AND whole_row IS DISTINCT FROM NULL THEN
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
REVOKE ALL ON FUNCTION rtbridge.capture_row(), rtbridge.capture_truncate(), rtbridge.key_of(text, record) FROM PUBLIC;
