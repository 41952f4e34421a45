-- Every table that could be captured, and what rtbridge has on it; also rtbridge's own canary.
-- Parameters: none. Works before anything is installed. Locks: none, so a disabled trigger is sought from the partition up:
-- pg_partition_tree locks all that is below, and an application that truncates two partitions would find a deadlock.
-- Returns per table: oid, schema_name, table_name, owner, owned (this role may put triggers on it), partition_of (root
-- oids, JSON array, empty for a table that is no partition), columns (JSON array of names), virtual_columns (JSON array:
-- generated at reading, invisible to triggers), key_columns (JSON array), triggers (JSON array of {name, id, enabled (on
-- every partition, too), conditional, operation}), row_estimate.
WITH disabled AS MATERIALIZED (
  SELECT above.relid, t.tgfoid, t.tgname
  FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid JOIN pg_namespace n ON n.oid = p.pronamespace AND n.nspname = 'rtbridge'
  CROSS JOIN LATERAL pg_partition_ancestors(t.tgrelid) above
  WHERE t.tgparentid <> 0 AND t.tgenabled NOT IN ('O', 'A')
)
SELECT c.oid::text AS oid, n.nspname AS schema_name, c.relname AS table_name, pg_get_userbyid(c.relowner) AS owner,
       pg_has_role(c.relowner, 'USAGE') AS owned,
       CASE WHEN c.relispartition
            THEN (SELECT jsonb_agg(a.relid::oid::text) FROM pg_partition_ancestors(c.oid) a WHERE a.relid <> c.oid)
            ELSE '[]' END::text AS partition_of,
       (SELECT coalesce(jsonb_agg(a.attname ORDER BY a.attnum), '[]') FROM pg_attribute a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)::text AS columns,
       (SELECT coalesce(jsonb_agg(a.attname ORDER BY a.attnum), '[]') FROM pg_attribute a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = 'v')::text AS virtual_columns,
       coalesce((SELECT jsonb_agg(a.attname ORDER BY k.position)
        FROM pg_index i
        CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY AS k (attnum, position)
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum
        WHERE i.indrelid = c.oid AND i.indisprimary AND k.position <= i.indnkeyatts), '[]')::text AS key_columns,
       (SELECT coalesce(jsonb_agg(jsonb_build_object(
          'name', t.tgname,
          'enabled', t.tgenabled IN ('O', 'A') AND NOT EXISTS (
            SELECT FROM disabled d WHERE d.relid = c.oid AND d.tgfoid = t.tgfoid AND d.tgname = t.tgname),
          'conditional', t.tgqual IS NOT NULL,
          'operation', CASE WHEN t.tgtype & 4 > 0 THEN 'INSERT' WHEN t.tgtype & 16 > 0 THEN 'UPDATE'
                            WHEN t.tgtype & 8 > 0 THEN 'DELETE' ELSE 'TRUNCATE' END,
          'id', split_part(encode(t.tgargs, 'escape'), '\000', 1)) ORDER BY t.tgname), '[]')
        FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid JOIN pg_namespace pn ON pn.oid = p.pronamespace
        WHERE t.tgrelid = c.oid AND t.tgparentid = 0 AND pn.nspname = 'rtbridge')::text AS triggers,
       greatest(c.reltuples, 0)::bigint::text AS row_estimate
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't'
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\_toast%'
  AND (n.nspname <> 'rtbridge' OR c.relname = 'canary')
ORDER BY n.nspname, c.relname
