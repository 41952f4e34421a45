-- Captured tables of the application that the connected role may not read, or not all of: live tables of them are refused.
-- The canary is no live table; what a hub needs of it is among the rights (list_missing_rights.sql).
-- Parameters: $1 oid, of one table; null = all. Locks: none. Needs no right.
-- Returns per table: relation (quoted), fix (the statements that would let it).
SELECT t.relation,
       concat_ws(' ',
         CASE WHEN NOT t.usable THEN format('GRANT USAGE ON SCHEMA %I TO %I;', t.schema_name, current_user) END,
         CASE WHEN NOT t.selectable THEN format('GRANT SELECT ON %s TO %I;', t.relation, current_user) END,
         CASE WHEN t.restricted THEN format('ALTER ROLE %I BYPASSRLS;', current_user) END) AS fix
FROM (
  SELECT DISTINCT format('%I.%I', n.nspname, c.relname) AS relation, n.nspname AS schema_name,
         has_schema_privilege(n.oid, 'USAGE') AS usable, has_table_privilege(c.oid, 'SELECT') AS selectable,
         row_security_active(c.oid) AS restricted
  FROM pg_trigger g
  JOIN pg_proc p ON p.oid = g.tgfoid AND p.proname LIKE 'capture\_%\_insert'
  JOIN pg_namespace pn ON pn.oid = p.pronamespace AND pn.nspname = 'rtbridge'
  JOIN pg_class c ON c.oid = g.tgrelid AND c.relkind IN ('r', 'p')
  JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE g.tgparentid = 0 AND n.nspname <> 'rtbridge' AND c.oid = coalesce($1::oid, c.oid)
) t
WHERE NOT t.usable OR NOT t.selectable OR t.restricted
ORDER BY t.relation
