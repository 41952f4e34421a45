-- Tables without triggers of rtbridge that belong, or seem to belong, to a captured one.
-- Parameters: none. Locks: none, so a partition is asked what is above it: pg_partition_tree locks all that is below, and an
-- application that truncates two partitions would find a deadlock. Returns kind, relation and captured (quoted names), fix (a
-- statement, or null):
--   truncate: a partition, whose own TRUNCATE no trigger sees; fix adds one
--   child: inherits from a captured table without being a partition of it
--   detached: an ordinary table beside a captured partitioned one, with just its columns
WITH ours AS (
  SELECT t.tgrelid, t.tgtype, t.tgfoid, t.tgparentid, split_part(encode(t.tgargs, 'escape'), '\000', 1) AS id
  FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid JOIN pg_namespace n ON n.oid = p.pronamespace
  WHERE n.nspname = 'rtbridge'
), tables AS (
  SELECT c.oid, c.relkind, c.relispartition, c.relnamespace, format('%I.%I', n.nspname, c.relname) AS relation,
         EXISTS (SELECT FROM ours o WHERE o.tgrelid = c.oid) AS captured,
         (SELECT array_agg(a.attname || ' ' || a.atttypid ORDER BY a.attname) FROM pg_attribute a
          WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'rtbridge')
)
SELECT 'truncate' AS kind, leaf.relation, root.relation AS captured,
       format('CREATE TRIGGER "!rtbridge_truncate" AFTER TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION %s(%L);',
              leaf.relation, o.tgfoid::regproc, o.id) AS fix
FROM tables leaf
CROSS JOIN LATERAL pg_partition_ancestors(leaf.oid) above
JOIN tables root ON root.oid = above.relid AND root.oid <> leaf.oid
JOIN ours o ON o.tgrelid = root.oid AND o.tgtype & 32 > 0
WHERE leaf.relispartition
  AND NOT EXISTS (SELECT FROM ours l WHERE l.tgrelid = leaf.oid AND l.tgtype & 32 > 0)
UNION ALL
SELECT 'child', child.relation, parent.relation, NULL
FROM pg_inherits i
JOIN tables parent ON parent.oid = i.inhparent AND parent.captured
JOIN tables child ON child.oid = i.inhrelid AND NOT child.captured AND NOT child.relispartition
UNION ALL
SELECT 'detached', t.relation, root.relation, NULL
FROM tables t JOIN tables root ON root.relkind = 'p' AND root.captured AND root.relnamespace = t.relnamespace
WHERE t.relkind = 'r' AND NOT t.relispartition AND NOT t.captured AND t.columns = root.columns
ORDER BY 1, 2, 3
