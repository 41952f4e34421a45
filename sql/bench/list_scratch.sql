-- Schemas that runs of `rtbridge bench --write` made and that this role may drop.
-- Parameters: none. Returns name, quoted. Locks: none.
SELECT quote_ident(n.nspname) AS name
FROM pg_namespace n
WHERE n.nspname ~ '^rtbridge_bench_[0-9a-f]{12}$' AND pg_has_role(n.nspowner, 'USAGE')
ORDER BY 1
