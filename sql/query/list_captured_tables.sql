-- Every registration of a table, current or former: older journal rows refer to them.
-- Parameters: none. Returns id, schema_name, table_name, key_columns (a JSON array). Locks: none.
SELECT t.id, t.schema_name, t.table_name, to_jsonb(t.key_columns)::text AS key_columns
FROM rtbridge.captured_table t
