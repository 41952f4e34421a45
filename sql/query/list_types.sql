-- Types, and those they are made of, as far as it matters to what to_jsonb prints.
-- Parameters: $1 oid[], the types. Locks: none.
-- Returns per type: oid, schema_name, type_name, kind, part (oid: what a domain is based on, what an array holds; else
-- null), dimensions (of a domain over an array), labels (of an enum, JSON array in order), attributes (of a composite
-- type, JSON array of {name, type, type_text, dimensions, comment} in order), comment.
-- kind: boolean, integer (integral), number (also NaN and the infinities, which come as texts), json (any JSON), string,
-- enum, composite, array, domain.
WITH RECURSIVE used (oid) AS (
  SELECT unnest($1::oid[])
  UNION
  SELECT part.oid
  FROM used JOIN pg_type t ON t.oid = used.oid
  CROSS JOIN LATERAL (
    SELECT t.typbasetype AS oid WHERE t.typtype = 'd'
    UNION ALL
    SELECT t.typelem WHERE t.typelem <> 0 AND t.typlen = -1
    UNION ALL
    SELECT a.atttypid FROM pg_attribute a
    WHERE t.typtype = 'c' AND a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped
  ) part
)
SELECT t.oid::text AS oid, n.nspname AS schema_name, t.typname AS type_name,
       CASE
         WHEN t.typtype = 'd' THEN 'domain'
         WHEN t.typelem <> 0 AND t.typlen = -1 THEN 'array'
         WHEN t.typtype = 'c' THEN 'composite'
         WHEN t.oid = 'bool'::regtype THEN 'boolean'
         WHEN t.oid IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype) THEN 'integer'
         WHEN t.oid IN ('float4'::regtype, 'float8'::regtype, 'numeric'::regtype) THEN 'number'
         WHEN t.oid IN ('json'::regtype, 'jsonb'::regtype) THEN 'json'
         -- to_jsonb uses a cast to json of types that do not come with PostgreSQL (hstore, geometry).
         WHEN t.oid >= 16384 AND EXISTS (
           SELECT FROM pg_cast k
           WHERE k.castsource = t.oid AND k.casttarget = 'json'::regtype AND k.castmethod = 'f') THEN 'json'
         WHEN t.typtype = 'e' THEN 'enum'
         ELSE 'string'
       END AS kind,
       CASE WHEN t.typtype = 'd' THEN t.typbasetype WHEN t.typelem <> 0 AND t.typlen = -1 THEN t.typelem END::text AS part,
       t.typndims::text AS dimensions,
       (SELECT coalesce(jsonb_agg(e.enumlabel ORDER BY e.enumsortorder), '[]') FROM pg_enum e
        WHERE e.enumtypid = t.oid)::text AS labels,
       (SELECT coalesce(jsonb_agg(jsonb_build_object(
          'name', a.attname, 'type', a.atttypid::text, 'type_text', format_type(a.atttypid, a.atttypmod),
          'dimensions', a.attndims, 'comment', col_description(a.attrelid, a.attnum)) ORDER BY a.attnum), '[]')
        FROM pg_attribute a
        WHERE t.typtype = 'c' AND a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped)::text AS attributes,
       coalesce(obj_description(t.oid, 'pg_type'), obj_description(t.typrelid, 'pg_class')) AS comment
FROM used JOIN pg_type t ON t.oid = used.oid JOIN pg_namespace n ON n.oid = t.typnamespace
