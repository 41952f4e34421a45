-- What the connected role lacks to run a hub here.
-- Parameters: none. Returns the statements that give it, one row each; no row when nothing is missing. Locks: none.
SELECT format('GRANT %s ON %s TO %I;', n.privilege, n.object, current_user) AS fix
FROM (VALUES
  ('rtbridge.migration', 'SELECT'),
  ('rtbridge.captured_table', 'SELECT'),
  ('rtbridge.installation', 'SELECT'), ('rtbridge.installation', 'UPDATE'),
  ('rtbridge.retention', 'SELECT'), ('rtbridge.retention', 'UPDATE'),
  ('rtbridge.journal', 'SELECT'), ('rtbridge.journal', 'UPDATE'), ('rtbridge.journal', 'DELETE'),
  ('rtbridge.revocation_state', 'SELECT'),
  ('rtbridge.revocation', 'SELECT'), ('rtbridge.revocation', 'UPDATE'), ('rtbridge.revocation', 'DELETE'),
  ('rtbridge.server_run', 'SELECT'), ('rtbridge.server_run', 'INSERT'), ('rtbridge.server_run', 'DELETE'),
  ('rtbridge.canary', 'SELECT'), ('rtbridge.canary', 'INSERT'), ('rtbridge.canary', 'UPDATE'), ('rtbridge.canary', 'DELETE')
) n (object, privilege)
WHERE NOT has_table_privilege(to_regclass(n.object)::oid, n.privilege)
UNION ALL
SELECT format('GRANT EXECUTE ON FUNCTION %s TO %I;', f.signature, current_user)
FROM (VALUES
  ('rtbridge.prune(integer, interval)'), ('rtbridge.journal_bytes()'), ('rtbridge.publish(text, jsonb, text)'),
  ('rtbridge.publish_once(text, jsonb, text, bytea)'), ('rtbridge.prune_publish_keys(integer)'),
  ('rtbridge.key_of(text, record)')
) f (signature)
WHERE NOT has_function_privilege(to_regprocedure(f.signature)::oid, 'EXECUTE')
