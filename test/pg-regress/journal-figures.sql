-- What the tests left in the journal: changes, tables they are of, and tables that were captured at some time.
SELECT json_build_object(
  'changes', count(*),
  'tables', count(DISTINCT table_id),
  'captured', (SELECT count(*) FROM rtbridge.captured_table),
  'truncated', count(*) FILTER (WHERE truncated),
  'inserts', count(*) FILTER (WHERE op = 'I'),
  'updates', count(*) FILTER (WHERE op = 'U'),
  'deletes', count(*) FILTER (WHERE op = 'D'),
  'truncates', count(*) FILTER (WHERE op = 'T')
) FROM rtbridge.journal;
