-- A captured table as clients name it: what is registered of it, and how it is at this moment.
-- Parameters: $1 text, `name` in schema public, else `schema.name`, as registered. Locks: none.
-- Returns one row with description (a JSON object), none when no such table is captured: its registration is the one
-- whose triggers it has. Of several (one was renamed, another took its name) the one that bears the name counts.
SELECT jsonb_build_object(
  'id', t.id, 'registered', jsonb_build_array(t.schema_name, t.table_name), 'schema', n.nspname, 'name', c.relname,
  'relation', c.oid::text, 'partitioned', c.relkind = 'p', 'key', t.key_columns, 'excluded', t.excluded,
  'maxRowBytes', t.max_row_bytes,
  'readable', has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT') AND NOT row_security_active(c.oid),
  -- Images that jsonb cannot express are caught by a function that not every role may call.
  'guarded', has_function_privilege('rtbridge.key_of(text, record)', 'EXECUTE'),
  'utf8', current_setting('server_encoding') = 'UTF8',
  'columns', (
    -- printable: whatever its value, jsonb can express it; not so json with \u0000, or what has a cast to json of its own.
    SELECT jsonb_agg(jsonb_build_object('name', a.attname, 'type', format_type(base.oid, NULL), 'printable',
             e.typtype <> ALL ('{c,d,p}') AND e.oid <> 'json'::regtype
             AND NOT EXISTS (SELECT FROM pg_cast k WHERE k.castsource = e.oid AND k.casttarget = 'json'::regtype)) ORDER BY a.attnum)
    FROM pg_attribute a
    CROSS JOIN LATERAL (
      WITH RECURSIVE types AS (
        SELECT y.oid, y.typtype, y.typbasetype FROM pg_type y WHERE y.oid = a.atttypid
        UNION ALL
        SELECT y.oid, y.typtype, y.typbasetype FROM types d JOIN pg_type y ON d.typtype = 'd' AND y.oid = d.typbasetype
      )
      SELECT d.oid FROM types d WHERE d.typtype <> 'd'
    ) base
    JOIN pg_type b ON b.oid = base.oid
    JOIN pg_type e ON e.oid = CASE b.typcategory WHEN 'A' THEN b.typelem ELSE b.oid END
    WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped))::text AS description
FROM rtbridge.captured_table t
JOIN pg_class c ON c.oid = t.relation AND c.relkind IN ('r', 'p')
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE CASE t.schema_name WHEN 'public' THEN t.table_name ELSE t.schema_name || '.' || t.table_name END = $1::text
  AND EXISTS (
    SELECT FROM pg_trigger g
    WHERE g.tgrelid = c.oid AND g.tgparentid = 0
      AND g.tgfoid = to_regprocedure(format('rtbridge.capture_%s_insert()', t.id))::oid)
ORDER BY (n.nspname, c.relname) = (t.schema_name, t.table_name) DESC, t.id DESC
LIMIT 1
