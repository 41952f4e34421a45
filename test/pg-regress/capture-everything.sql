-- Puts rtbridge's triggers on every table from now on, as its owner would with install-triggers right after CREATE TABLE.
-- Only for a cluster that is thrown away: it takes a superuser, which rtbridge itself never needs.
CREATE SCHEMA capture_everything;

-- Tables whose contents are not made by rows alone: the journal cannot give them, and is not compared with them.
CREATE TABLE capture_everything.changed_by_ddl (relation oid NOT NULL, tag text NOT NULL);

-- What is not captured, and why: temporary tables (nobody else could see their changes), foreign tables (no TRUNCATE
-- trigger), and a table that has our triggers already, because it is a partition of one that has. A primary key added
-- later changes nothing here, as it would not in an office before install-triggers has run again.
--
-- As replica, so that event triggers of the tests do not see our CREATE TRIGGER.
CREATE FUNCTION capture_everything.on_change() RETURNS event_trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET session_replication_role = replica
  AS $function$
DECLARE
  made oid;
BEGIN
  INSERT INTO capture_everything.changed_by_ddl
  SELECT d.objid, d.command_tag FROM pg_event_trigger_ddl_commands() d
  WHERE d.classid = 'pg_class'::regclass AND d.command_tag IN ('CREATE TABLE AS', 'SELECT INTO', 'ALTER TABLE');

  FOR made IN
    SELECT c.oid FROM pg_event_trigger_ddl_commands() d
    JOIN pg_class c ON d.classid = 'pg_class'::regclass AND c.oid = d.objid
    WHERE d.command_tag <> 'ALTER TABLE' AND c.relkind IN ('r', 'p') AND c.relpersistence <> 't'
      AND NOT EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND starts_with(t.tgname, '!rtbridge'))
  LOOP
    PERFORM rtbridge.capture_table(made, ARRAY(
      SELECT a.attname::text FROM pg_index i, unnest(i.indkey) WITH ORDINALITY AS k (number, position), pg_attribute a
      WHERE i.indrelid = made AND i.indisprimary AND a.attrelid = made AND a.attnum = k.number ORDER BY k.position));
  END LOOP;
END
$function$;

CREATE EVENT TRIGGER "!capture_everything" ON ddl_command_end
  WHEN TAG IN ('CREATE TABLE', 'CREATE TABLE AS', 'SELECT INTO', 'CREATE SCHEMA', 'ALTER TABLE')
  EXECUTE FUNCTION capture_everything.on_change();

-- Installing takes one advisory lock to the end of the transaction, and drops the functions of tables that are gone. Here every
-- session that creates a table installs, and some of the tests leave such a transaction prepared: it would stand between
-- tests that have nothing to do with each other. The triggers are the same without both.
DO $apart$
DECLARE
  made record;
BEGIN
  FOR made IN
    SELECT pg_get_functiondef(p.oid) AS definition FROM pg_proc p
    WHERE p.pronamespace = 'rtbridge'::regnamespace
      AND (p.prosrc LIKE '%pg_advisory_xact_lock(1920229746, 4)%' OR p.prosrc LIKE '%drop_unused_row_functions()%')
  LOOP
    EXECUTE regexp_replace(made.definition,
      'PERFORM (pg_advisory_xact_lock\(1920229746, 4\)|rtbridge\.drop_unused_row_functions\(\));', '', 'g');
  END LOOP;
END
$apart$;

-- So that nothing the tests wrote is pruned before it is counted.
UPDATE rtbridge.retention SET max_bytes = 1099511627776;
