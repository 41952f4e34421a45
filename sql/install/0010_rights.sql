-- Who may use what was made here: everyone may publish, nobody but the owner may do anything else.
-- Run last. ALTER DEFAULT PRIVILEGES may have given other roles rights on every new table, sequence or function; here they
-- would open the journal to readers and forgers, so whatever was given is taken back first.
-- Locks: only on the objects of this schema.
DO $rights$
DECLARE
  given record;
BEGIN
  FOR given IN
    WITH made (object, acl, owner) AS (
      SELECT 'SCHEMA rtbridge', n.nspacl, n.nspowner FROM pg_namespace n WHERE n.nspname = 'rtbridge'
      UNION ALL
      SELECT format('%s rtbridge.%I', CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, c.relname),
             c.relacl, c.relowner
      FROM pg_class c WHERE c.relnamespace = 'rtbridge'::regnamespace AND c.relkind IN ('r', 'S')
      UNION ALL
      SELECT format('FUNCTION %s', p.oid::regprocedure), p.proacl, p.proowner
      FROM pg_proc p WHERE p.pronamespace = 'rtbridge'::regnamespace
    )
    SELECT DISTINCT m.object, CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END AS role
    FROM made m, aclexplode(m.acl) a WHERE a.grantee <> m.owner
  LOOP
    EXECUTE format('REVOKE ALL ON %s FROM %s', given.object, given.role);
  END LOOP;
END
$rights$;

-- Any role of this database may emit events; an owner who wants it narrower revokes these two.
GRANT USAGE ON SCHEMA rtbridge TO PUBLIC;
GRANT EXECUTE ON FUNCTION rtbridge.publish(text, jsonb, text) TO PUBLIC;
