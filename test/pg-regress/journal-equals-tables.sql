-- For every captured table that the tests left behind, and that was only ever changed by rows: does the journal, applied to an
-- empty table, give what the table holds?
--
-- Columns: table; rows (in the table now); changes (of it in the journal); missing (rows that the journal does not give);
-- surplus (rows that it gives and that are not there); an example of each.
-- Left out, because rows are not all they got: tables filled by CREATE TABLE AS, tables that ALTER TABLE has changed or
-- that were attached to or detached from others (capture_everything.changed_by_ddl), and those with a truncated row.
SET search_path = pg_catalog;
-- As the tests have it, so that dates, instants and intervals are printed alike.
SET datestyle = 'Postgres, MDY';
SET timezone = 'America/Los_Angeles';
SET intervalstyle = postgres_verbose;

-- The journal is indexed for reading in order, not by table.
CREATE INDEX ON rtbridge.journal (table_id, seq);

CREATE TEMP TABLE comparison (table_name text, rows bigint, changes bigint, missing bigint, surplus bigint,
  missing_row text, surplus_row text);
DO $compare$
DECLARE
  captured record;
BEGIN
  FOR captured IN
    SELECT t.relation::regclass AS name, array_agg(t.id) AS ids, c.relkind = 'p' AS is_root
    FROM rtbridge.captured_table t JOIN pg_class c ON c.oid = t.relation
    WHERE t.relation NOT IN (SELECT relation FROM capture_everything.changed_by_ddl)
      AND NOT EXISTS (SELECT FROM rtbridge.journal j WHERE j.table_id = t.id AND j.truncated)
    GROUP BY t.relation, c.relkind
  LOOP
    EXECUTE format($query$
      WITH journal AS MATERIALIZED (
        SELECT * FROM rtbridge.journal WHERE table_id = ANY (%2$L)
          AND seq > coalesce((SELECT max(seq) FROM rtbridge.journal WHERE table_id = ANY (%2$L) AND op = 'T'), 0)
      ), balance AS (
        SELECT image, sum(sign) AS surplus FROM (
          SELECT new_row::text AS image, 1 AS sign FROM journal WHERE new_row IS NOT NULL
          UNION ALL SELECT old_row::text, -1 FROM journal WHERE old_row IS NOT NULL
          UNION ALL SELECT to_jsonb(r)::text, -1 FROM %3$s %1$s r
        ) AS images GROUP BY image HAVING sum(sign) <> 0
      )
      INSERT INTO comparison
      SELECT %1$L, (SELECT count(*) FROM %3$s %1$s), (SELECT count(*) FROM rtbridge.journal WHERE table_id = ANY (%2$L)),
             coalesce(-sum(surplus) FILTER (WHERE surplus < 0), 0), coalesce(sum(surplus) FILTER (WHERE surplus > 0), 0),
             min(image) FILTER (WHERE surplus < 0), min(image) FILTER (WHERE surplus > 0)
      FROM balance$query$, captured.name, captured.ids, CASE WHEN captured.is_root THEN '' ELSE 'ONLY' END);
  END LOOP;
END
$compare$;

SELECT json_agg(comparison ORDER BY table_name) FROM comparison WHERE rows > 0 OR changes > 0;
