-- The newest changes in the journal, newest first.
-- Parameters: $1 integer[], registrations (null: all tables, without what was published); $2 text[], the key of a row as text, a
-- value for each key column (null: all rows); $3 integer, how many; $4 xid8, only of this transaction and later ones (null: of all).
-- Returns seq, xid, at, table_id, op, truncated, origin, old_row, new_row.
-- Locks: none. Index: journal_pkey, backwards until enough are found: for a row without changes that is the whole journal, or what
-- is left of it from $4 on.
SELECT j.seq, j.xid::text AS xid, j.at, j.table_id, j.op, j.truncated, j.origin,
       j.old_row::text AS old_row, j.new_row::text AS new_row
FROM rtbridge.journal j JOIN rtbridge.captured_table t ON t.id = j.table_id
WHERE (t.schema_name, t.table_name) <> ('rtbridge', 'canary')
  AND ($1::integer[] IS NULL OR j.table_id = ANY ($1::integer[]))
  AND j.xid >= coalesce($4::xid8, '0')
  AND ($2::text[] IS NULL OR EXISTS (
    SELECT FROM (VALUES (j.old_row), (j.new_row)) v (image)
    WHERE v.image IS NOT NULL
      AND (SELECT array_agg(v.image ->> k.name ORDER BY k.place)
           FROM unnest(t.key_columns) WITH ORDINALITY k (name, place)) = $2::text[]))
ORDER BY j.xid DESC, j.seq DESC LIMIT $3::integer
