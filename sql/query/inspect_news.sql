-- Which transactions became visible since a snapshot, and what they changed.
-- Parameters: $1 xid8, the snapshot's xmax; $2 xid8[], those of its transactions in progress that are asked about;
-- $3 bigint, at most so many rows.
-- Returns first one header row (xid is null) with what read_journal.sql says in its own; then one row for each
-- transaction: its id, how many journal rows it has, and the tables it changed, each by its oid and by its name (a table
-- may be renamed, or made anew), or `0` for an event without a row.
-- Locks: none. Index: journal_pkey, one range and one probe for each transaction in progress.
SELECT pg_current_snapshot()::text AS snapshot,
       pg_current_wal_flush_lsn() >= pg_current_wal_insert_lsn() AS flushed,
       (SELECT r.lost_xid::text FROM rtbridge.retention r) AS lost_xid,
       (SELECT i.whole_since_xid::text FROM rtbridge.installation i) AS whole_since_xid,
       'rtbridge.journal'::regclass::oid::text AS journal_oid,
       NULL::text AS xid, NULL::bigint AS rows, NULL::text AS tables
UNION ALL
SELECT NULL, NULL, NULL, NULL, NULL, t.xid::text, t.rows,
       (SELECT json_agg(DISTINCT name) FROM unnest(t.table_ids) u (table_id)
        LEFT JOIN rtbridge.captured_table c ON c.id = u.table_id
        CROSS JOIN LATERAL unnest(CASE WHEN c.id IS NULL THEN ARRAY[u.table_id::text]
          ELSE ARRAY['oid ' || c.relation::text, format('%I.%I', c.schema_name, c.table_name)] END) v (name))::text
FROM (
  SELECT g.xid, sum(g.rows)::bigint AS rows, array_agg(g.table_id) AS table_ids
  FROM (
    SELECT n.xid, n.table_id, count(*) AS rows
    FROM (
      SELECT j.xid, j.table_id FROM rtbridge.journal j WHERE j.xid >= $1::xid8
      UNION ALL
      SELECT j.xid, j.table_id FROM rtbridge.journal j WHERE j.xid = ANY ($2::xid8[])
    ) n GROUP BY n.xid, n.table_id
  ) g GROUP BY g.xid
) t
ORDER BY xid NULLS FIRST LIMIT $3::bigint
