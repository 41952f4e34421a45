-- Every captured table, by the name it is registered with.
-- Parameters: none. Returns schema_name, table_name. Locks: none.
SELECT DISTINCT t.schema_name, t.table_name
FROM rtbridge.captured_table t
JOIN pg_trigger g ON g.tgrelid = t.relation AND g.tgparentid = 0
  AND g.tgfoid = to_regprocedure(format('rtbridge.capture_%s_insert()', t.id))::oid
ORDER BY t.schema_name, t.table_name
