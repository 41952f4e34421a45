-- A table and its key as SQL, quoted by PostgreSQL itself: what is put together of it cannot be something else.
-- Parameters: $1 oid, the table; $2 text[], columns in order. Returns a row per column: relation, name, type. Locks: none.
SELECT $1::oid::regclass::text AS relation, quote_ident(a.attname) AS name, format_type(a.atttypid, a.atttypmod) AS type
FROM unnest($2::text[]) WITH ORDINALITY k (name, place)
JOIN pg_attribute a ON a.attrelid = $1::oid AND a.attname = k.name
ORDER BY k.place
