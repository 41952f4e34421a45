-- The schema and the tables in which run install files are recorded, as the program itself makes them.
-- Only part of the script that `install-triggers --sql` prints.
CREATE SCHEMA IF NOT EXISTS rtbridge;
CREATE TABLE IF NOT EXISTS rtbridge.migration (
  id serial PRIMARY KEY, name varchar(255), batch integer, migration_time timestamptz
);
CREATE TABLE IF NOT EXISTS rtbridge.migration_lock (index serial PRIMARY KEY, is_locked integer);
INSERT INTO rtbridge.migration_lock (is_locked) SELECT 0 WHERE NOT EXISTS (SELECT FROM rtbridge.migration_lock);
