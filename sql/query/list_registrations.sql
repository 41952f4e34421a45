-- Every registration with its settings.
-- Parameters: none. Returns id, relation, schema_name, table_name, and key_columns, excluded (JSON arrays), max_row_bytes,
-- misprinted (boolean): the type of a key column was changed, so that its functions print the key as every writer's session
-- likes, or in one way where nothing asks for it. What asks for it is as in sql/install/0012, whose function not every role
-- may call; before that file is installed nothing does.
-- unbroken (boolean): no trigger of it was made or switched since this history was first met, or since everybody was last told
-- of a gap, which are what the row of rtbridge.installation is written for. Locks: none.
SELECT t.id::text AS id, t.relation::text AS relation, t.schema_name, t.table_name,
       to_jsonb(t.key_columns)::text AS key_columns, to_jsonb(t.excluded)::text AS excluded,
       t.max_row_bytes::text AS max_row_bytes,
       to_regproc('rtbridge.row_function_settings') IS NOT NULL AND EXISTS (
         SELECT FROM pg_proc p
         WHERE p.oid IN (SELECT to_regprocedure(format('rtbridge.capture_%s_%s()', t.id, o.operation))::oid
                         FROM unnest('{insert,update,delete}'::text[]) AS o (operation))
           AND (p.proconfig IS NOT NULL) <> EXISTS (
             WITH RECURSIVE key_type AS (
               SELECT y.oid, y.typtype, y.typbasetype
               FROM pg_attribute a JOIN pg_type y ON y.oid = a.atttypid
               WHERE a.attrelid = t.relation AND a.attname = ANY (t.key_columns)
               UNION ALL
               SELECT y.oid, y.typtype, y.typbasetype
               FROM key_type k JOIN pg_type y ON k.typtype = 'd' AND y.oid = k.typbasetype
             )
             SELECT FROM key_type k WHERE k.typtype <> ALL ('{d,e}') AND k.oid <> ALL (
               '{smallint,integer,bigint,numeric,text,varchar,bpchar,"\"char\"",name,boolean,uuid,date,time,timetz,timestamp,oid,
                 xid8,inet,cidr,macaddr,macaddr8,bit,varbit,jsonb,pg_lsn}'::regtype[]))) AS misprinted,
       NOT EXISTS (
         SELECT FROM pg_trigger g JOIN pg_proc p ON p.oid = g.tgfoid JOIN pg_namespace n ON n.oid = p.pronamespace
         WHERE n.nspname = 'rtbridge' AND split_part(encode(g.tgargs, 'escape'), '\000', 1) = t.id::text
           AND age(g.xmin) <= (SELECT age(i.xmin) FROM rtbridge.installation i)) AS unbroken
FROM rtbridge.captured_table t
