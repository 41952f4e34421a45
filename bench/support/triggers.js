/**
 * What people put on a table to hear of its changes, to compare with. Each gets the tables with their key column and
 * gives SQL.
 */
export const triggers = {
  /** Nothing at all. */
  none: () => '',

  /** What is in every tutorial: the row as the payload of a NOTIFY. */
  notify: tables => `
    CREATE FUNCTION notify_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM pg_notify('table_events', json_build_object('table', TG_TABLE_NAME, 'op', TG_OP, 'data', row_to_json(NEW))::text);
      RETURN NEW;
    END $$;
    ${onEach(tables, 'notify_change')}`,

  /** The least that keeping changes takes: one INSERT with the new row, and nobody is told. */
  journal: tables => ownJournal(tables, ''),

  /** The next step: a journal for those who were away, and a NOTIFY without a payload for those who are there. */
  'journal-notify': tables => ownJournal(tables, "PERFORM pg_notify('table_events', '');"),

  rtbridge: tables =>
    Object.entries(tables)
      .map(([table, key]) => `SELECT rtbridge.capture_table('${table}', '{${key}}');`)
      .join('\n'),
}

function ownJournal(tables, tell) {
  return `
    CREATE TABLE own_journal (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at timestamptz NOT NULL DEFAULT now(),
      table_name text NOT NULL, op text NOT NULL, data jsonb);
    CREATE FUNCTION journal_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO own_journal (table_name, op, data) VALUES (TG_TABLE_NAME, TG_OP, to_jsonb(NEW));
      ${tell}
      RETURN NEW;
    END $$;
    ${onEach(tables, 'journal_change')}`
}

function onEach(tables, name) {
  return Object.keys(tables)
    .map(
      table =>
        `CREATE TRIGGER ${name} AFTER INSERT OR UPDATE ON ${table} FOR EACH ROW EXECUTE FUNCTION ${name}();`,
    )
    .join('\n')
}
