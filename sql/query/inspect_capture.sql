-- What tells since when the changes of a table are in the journal.
-- Parameters: $1 oid, the table. Returns one row. Locks: none.
--   trigger_xid: the transaction that made the newest of its triggers, the lower half of its id; null without triggers
--   pruned_xid: rows of this transaction and of every older one may be gone from the journal
--   next_xid: the first that was not given out yet
--   keep_ms: how long the journal keeps rows
--   triggers_off: the settings of a role or of this database that keep triggers from firing, a JSON array of texts
SELECT (SELECT t.xmin::text FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE t.tgrelid = $1::oid AND n.nspname = 'rtbridge' ORDER BY age(t.xmin) LIMIT 1) AS trigger_xid,
       r.pruned_xid::text AS pruned_xid, pg_snapshot_xmax(pg_current_snapshot())::text AS next_xid, (extract(epoch FROM r.keep) * 1000)::bigint::text AS keep_ms,
       (SELECT coalesce(jsonb_agg(format('%s: %s', coalesce(nullif(s.setrole, 0)::regrole::text, 'everybody'), c.setting)), '[]')
        FROM pg_db_role_setting s CROSS JOIN LATERAL unnest(s.setconfig) c (setting)
        WHERE c.setting = 'session_replication_role=replica'
          AND s.setdatabase IN (0, (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())))::text AS triggers_off
FROM rtbridge.retention r
