-- A key is one text, whoever writes the row: it names the row in events. Some types are printed as the writer's session
-- wants it (timestamptz in its time zone, interval, bytea, regclass), so the functions of tables with such a key bring
-- their own settings. That costs about an eighth of the call; all other tables go without.
-- Locks: only on the objects created here, and on functions that are made anew.

-- The settings under which the rows of a registration are printed, as clauses of CREATE FUNCTION; empty when its key is
-- printed in one way anyhow. Hubs read rows under the same ones (prepare_session.sql and prepare_snapshot.sql).
CREATE FUNCTION rtbridge.row_function_settings(registration rtbridge.captured_table) RETURNS text
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $function$
  SELECT CASE WHEN EXISTS (
    WITH RECURSIVE key_type AS (
      SELECT y.oid, y.typtype, y.typbasetype
      FROM pg_attribute a JOIN pg_type y ON y.oid = a.atttypid
      WHERE a.attrelid = registration.relation AND a.attname = ANY (registration.key_columns)
      UNION ALL
      SELECT y.oid, y.typtype, y.typbasetype FROM key_type k JOIN pg_type y ON k.typtype = 'd' AND y.oid = k.typbasetype
    )
    -- Dates and timestamps within JSON are always in ISO 8601.
    SELECT FROM key_type k WHERE k.typtype <> ALL ('{d,e}') AND k.oid <> ALL (
      '{smallint,integer,bigint,numeric,text,varchar,bpchar,"\"char\"",name,boolean,uuid,date,time,timetz,timestamp,oid,xid8,
        inet,cidr,macaddr,macaddr8,bit,varbit,jsonb,pg_lsn}'::regtype[])
  ) THEN 'SET TimeZone = ''UTC'' SET DateStyle = ''ISO, YMD'' SET IntervalStyle = ''postgres'' SET bytea_output = ''hex'' '
         'SET extra_float_digits = 1 SET lc_monetary = ''C'' SET search_path = pg_catalog'
  ELSE '' END
$function$;

-- What default privileges gave to other roles is taken back, as in 0010.
DO $rights$
DECLARE
  grantee text;
BEGIN
  FOR grantee IN
    SELECT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END
    FROM pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
    WHERE p.oid = 'rtbridge.row_function_settings(rtbridge.captured_table)'::regprocedure AND a.grantee <> p.proowner
  LOOP
    EXECUTE format('REVOKE ALL ON FUNCTION rtbridge.row_function_settings(rtbridge.captured_table) FROM %s', grantee);
  END LOOP;
END
$rights$;

-- As in 0006, with these settings.
CREATE OR REPLACE FUNCTION rtbridge.write_row_functions(table_id integer) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
  registration rtbridge.captured_table;
  owner        oid := (SELECT c.relowner FROM pg_class c WHERE c.oid = 'rtbridge.journal'::regclass);
  settings     text;
  operation    text;
  signature    text;
  grantee      text;
BEGIN
  SELECT * INTO STRICT registration FROM rtbridge.captured_table t WHERE t.id = table_id;
  settings := rtbridge.row_function_settings(registration);
  FOREACH operation IN ARRAY ARRAY['insert', 'update', 'delete'] LOOP
    signature := format('rtbridge.capture_%s_%s()', table_id, operation);
    EXECUTE format('CREATE OR REPLACE FUNCTION %s RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER %s AS %L',
      signature, settings, rtbridge.row_function_body(registration, upper(operation)));
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

-- Tables that are captured already get them now.
DO $upgrade$
DECLARE
  captured rtbridge.captured_table;
BEGIN
  FOR captured IN
    SELECT t.* FROM rtbridge.captured_table t
    WHERE to_regprocedure(format('rtbridge.capture_%s_insert()', t.id)) IS NOT NULL
  LOOP
    IF rtbridge.row_function_settings(captured) <> '' THEN
      PERFORM rtbridge.write_row_functions(captured.id);
    END IF;
  END LOOP;
END
$upgrade$;
