-- Every registration with its settings.
-- Parameters: none. Returns id, relation, schema_name, table_name, and key_columns, excluded (JSON arrays), max_row_bytes.
SELECT t.id::text AS id, t.relation::text AS relation, t.schema_name, t.table_name,
       to_jsonb(t.key_columns)::text AS key_columns, to_jsonb(t.excluded)::text AS excluded,
       t.max_row_bytes::text AS max_row_bytes
FROM rtbridge.captured_table t
