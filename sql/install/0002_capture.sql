-- The function behind the row triggers of captured tables, and the one behind TRUNCATE.
--
-- Trigger arguments: 0 captured_table.id; 1 largest row in bytes; 2 a query that makes a row's key object from $1, or
-- the empty text; 3 (optional) an array literal of columns that are left out.
--
-- SECURITY DEFINER, so that writers need no right on this schema. The caller chooses its search_path, therefore every
-- function, type and operator below is qualified. No SET clause: it costs more than the rest of the call.
CREATE FUNCTION rtbridge.capture_row() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER AS $function$
DECLARE
  max_bytes CONSTANT pg_catalog.int4 := TG_ARGV[1];
  place     pg_catalog.int8;
  was       pg_catalog.jsonb;
  now_is    pg_catalog.jsonb;
  shortened pg_catalog.bool := false;
BEGIN
  -- A row that jsonb cannot express (a json column holding \u0000, a value beyond jsonb's limits) must not fail the
  -- writer's statement. The block writes nothing, so it costs no transaction id.
  BEGIN
    IF GREATEST(pg_catalog.pg_column_size(OLD), pg_catalog.pg_column_size(NEW)) OPERATOR(pg_catalog.<=) max_bytes THEN
      was := pg_catalog.to_jsonb(OLD);
      now_is := pg_catalog.to_jsonb(NEW);
      IF TG_NARGS OPERATOR(pg_catalog.>) 3 THEN
        was := was OPERATOR(pg_catalog.-) TG_ARGV[3]::pg_catalog.text[];
        now_is := now_is OPERATOR(pg_catalog.-) TG_ARGV[3]::pg_catalog.text[];
        -- Only what is left out was changed: not an event. As text, because 1.0 and 1.00 are equal as jsonb.
        IF was::pg_catalog.text OPERATOR(pg_catalog.=) now_is::pg_catalog.text THEN
          RETURN NULL;
        END IF;
      END IF;
      shortened := GREATEST(pg_catalog.pg_column_size(was), pg_catalog.pg_column_size(now_is))
        OPERATOR(pg_catalog.>) max_bytes;
    ELSE
      shortened := true;
    END IF;
  EXCEPTION WHEN OTHERS THEN
    shortened := true;
  END;

  IF shortened THEN
    was := NULL;
    now_is := NULL;
    IF TG_ARGV[2] OPERATOR(pg_catalog.<>) '' THEN
      BEGIN
        IF TG_OP OPERATOR(pg_catalog.<>) 'INSERT' THEN
          EXECUTE TG_ARGV[2] INTO was USING OLD;
        END IF;
        IF TG_OP OPERATOR(pg_catalog.<>) 'DELETE' THEN
          EXECUTE TG_ARGV[2] INTO now_is USING NEW;
        END IF;
      EXCEPTION WHEN OTHERS THEN
        NULL; -- a renamed key column: the change is journalled without its key rather than failing the writer
      END;
    END IF;
  END IF;

  INSERT INTO rtbridge.journal (table_id, op, truncated, origin, old_row, new_row)
  VALUES (TG_ARGV[0]::pg_catalog.int4, TG_OP::pg_catalog."char", shortened,
          pg_catalog.current_setting('rtbridge.origin', true), was, now_is)
  RETURNING seq INTO place;

  -- The doorbell (see 0003) and the guard against a full disk (see 0004) stand here and not in triggers of the journal:
  -- a trigger's condition is made ready for every statement anew, which costs more than all of this.
  IF NOT pg_catalog.pg_try_advisory_xact_lock_shared(1920229746, 1) THEN
    PERFORM pg_catalog.pg_notify('rtbridge', '');
  END IF;
  IF place OPERATOR(pg_catalog.%) 1000 OPERATOR(pg_catalog.=) 0 THEN
    PERFORM rtbridge.prune_from_trigger();
  END IF;
  RETURN NULL;
END
$function$;

CREATE FUNCTION rtbridge.capture_truncate() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER AS $function$
BEGIN
  INSERT INTO rtbridge.journal (table_id, op, origin)
  VALUES (TG_ARGV[0]::pg_catalog.int4, 'T', pg_catalog.current_setting('rtbridge.origin', true));
  PERFORM rtbridge.ring_if_asleep();
  RETURN NULL;
END
$function$;

-- Whoever may execute a trigger function can attach it to a table of their own and forge changes.
REVOKE ALL ON FUNCTION rtbridge.capture_row(), rtbridge.capture_truncate() FROM PUBLIC;
