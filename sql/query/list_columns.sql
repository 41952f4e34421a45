-- The columns of tables, with their types as PostgreSQL writes them and with what is said of them.
-- Parameters: $1 oid[], the tables. Locks: none.
-- Returns per column, in table order: relation, table_comment, name, type (oid), type_text, dimensions (as declared,
-- which PostgreSQL does not enforce; 0 = no array, or one of a domain), not_null (surely: PostgreSQL 18 knows NOT NULL
-- that is not yet validated), comment. A table without columns has one row, without name.
SELECT c.oid::text AS relation, obj_description(c.oid, 'pg_class') AS table_comment,
       a.attname AS name, a.atttypid::text AS type, format_type(a.atttypid, a.atttypmod) AS type_text,
       a.attndims::text AS dimensions,
       a.attnotnull AND NOT EXISTS (
         SELECT FROM pg_constraint k
         WHERE k.conrelid = c.oid AND k.contype = 'n' AND NOT k.convalidated AND k.conkey = ARRAY[a.attnum]) AS not_null,
       col_description(c.oid, a.attnum) AS comment
FROM pg_class c
LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.oid = ANY ($1::oid[])
ORDER BY c.oid, a.attnum
