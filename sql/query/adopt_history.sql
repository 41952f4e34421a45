-- Records the history this database is in now, with a new identity, and starts its horizon at zero.
-- Parameters: $1 text, the new install id (16 hex digits). Returns one row when this session did it, none when another
-- hub was first. Locks: the row of rtbridge.installation.
WITH here AS (
  SELECT (SELECT system_identifier::text FROM pg_control_system()) AS system_identifier,
         substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8) AS timeline,
         (SELECT d.oid FROM pg_database d WHERE d.datname = current_database()) AS database_oid,
         'rtbridge.journal'::regclass::oid AS journal_oid
), horizon AS (
  UPDATE rtbridge.retention SET pruned_xid = '0', lost_xid = '0', pruned_until = NULL
)
UPDATE rtbridge.installation i
SET install_id = $1::text, system_identifier = h.system_identifier, timeline = h.timeline,
    database_oid = h.database_oid, journal_oid = h.journal_oid, installed_at = clock_timestamp(),
    whole_since_xid = '0', whole_since = NULL
FROM here h
WHERE (i.system_identifier, i.timeline, i.database_oid, i.journal_oid)
   IS DISTINCT FROM (h.system_identifier, h.timeline, h.database_oid, h.journal_oid)
RETURNING i.install_id
