-- Tables of `rtbridge bench --write`, in the schema that is first on the search_path, and what one could put on them to
-- hear of their rows: nothing, a NOTIFY with the row, a row in a journal. rtbridge's own journal is left alone, for hubs
-- would bring what is in it to their clients.
-- Parameters: none. Returns nothing. Locks: none but of what it makes. The caller makes the schema and drops it.
CREATE TABLE plain (id bigint PRIMARY KEY, plate text NOT NULL, status text NOT NULL);
CREATE TABLE notified (LIKE plain INCLUDING ALL);
CREATE TABLE journalled (LIKE plain INCLUDING ALL);
CREATE TABLE journal (seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at timestamptz NOT NULL DEFAULT now(), row jsonb);
CREATE FUNCTION notify() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_catalog.pg_notify('rtbridge_bench', pg_catalog.row_to_json(NEW)::text);
  RETURN NULL;
END $$;
-- Its name is written in when it is made: no search_path of a caller redirects it.
DO $make$ BEGIN
  EXECUTE pg_catalog.format('CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN INSERT INTO %I.journal (row) VALUES (pg_catalog.to_jsonb(NEW)); RETURN NULL; END $$', pg_catalog.current_schema());
END $make$;
CREATE TRIGGER notify AFTER INSERT ON notified FOR EACH ROW EXECUTE FUNCTION notify();
CREATE TRIGGER keep AFTER INSERT ON journalled FOR EACH ROW EXECUTE FUNCTION keep();
