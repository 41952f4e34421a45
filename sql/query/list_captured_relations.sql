-- Every table with triggers of rtbridge, partitions included, and what could keep these from firing or from being enough.
-- Parameters: none. Locks: none. Returns per table: relation (quoted), unlogged, always (statements that let the triggers
-- fire in replica sessions too; null when they do), subscriptions (JSON array: logical subscriptions that write to it).
SELECT format('%I.%I', n.nspname, c.relname) AS relation, c.relpersistence = 'u' AS unlogged,
       string_agg(format('ALTER TABLE %I.%I ENABLE ALWAYS TRIGGER %I;', n.nspname, c.relname, t.tgname), ' ' ORDER BY t.tgname)
         FILTER (WHERE t.tgenabled <> 'A') AS always,
       (SELECT coalesce(jsonb_agg(DISTINCT s.subname), '[]')
        FROM pg_subscription_rel r JOIN pg_stat_subscription s ON s.subid = r.srsubid
        WHERE r.srrelid = c.oid
           OR (c.relispartition AND r.srrelid IN (SELECT a.relid FROM pg_partition_ancestors(c.oid) a)))::text AS subscriptions
FROM pg_trigger t
JOIN pg_proc p ON p.oid = t.tgfoid
JOIN pg_namespace pn ON pn.oid = p.pronamespace AND pn.nspname = 'rtbridge'
JOIN pg_class c ON c.oid = t.tgrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
GROUP BY c.oid, n.nspname, c.relname, c.relpersistence, c.relispartition
ORDER BY relation
