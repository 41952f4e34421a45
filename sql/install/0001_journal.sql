-- The journal and what belongs to it.
-- Run once, inside the installer's transaction, after the schema and rtbridge.migration exist.
-- Locks: only on the objects created here.

-- Which history this database lives in. The first four values are compared at every connect: a dump restored elsewhere,
-- a promoted standby, a point-in-time recovery or a re-created journal differs in at least one of them.
CREATE TABLE rtbridge.installation (
  only_row          boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  install_id        text NOT NULL,
  system_identifier text NOT NULL,
  timeline          text NOT NULL,
  database_oid      oid NOT NULL,
  journal_oid       oid NOT NULL,
  -- When this history was first met: at the installation, or at the first contact after a restore or failover.
  installed_at      timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp()
);

-- (The row itself is written below, when the journal exists.)

-- One row per registration of a table. A registration never changes: another name, key or setting gets a new id, so that
-- older journal rows keep their meaning and a trigger's settings can be told from its id alone.
CREATE TABLE rtbridge.captured_table (
  id            integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  relation      oid NOT NULL,
  schema_name   text NOT NULL,
  table_name    text NOT NULL,
  key_columns   text[] NOT NULL,
  excluded      text[] NOT NULL,
  max_row_bytes integer NOT NULL CHECK (max_row_bytes BETWEEN 256 AND 67108864),
  registered_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
  -- The key of a row is journalled whatever else is left out.
  CONSTRAINT captured_table_key_not_excluded CHECK (NOT key_columns && excluded),
  CONSTRAINT captured_table_registration
    UNIQUE (relation, schema_name, table_name, key_columns, excluded, max_row_bytes)
);

-- The journal: append-only, pruned from its old end. The primary key serves three purposes: reads by transaction id,
-- pruning in order, and a replica identity (without one, a publication FOR ALL TABLES would make pruning fail).
CREATE TABLE rtbridge.journal (
  seq       bigint GENERATED ALWAYS AS IDENTITY,
  xid       xid8 NOT NULL DEFAULT pg_catalog.pg_current_xact_id(),
  at        timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
  table_id  integer NOT NULL,
  op        "char" NOT NULL,
  truncated boolean NOT NULL DEFAULT false,
  origin    text,
  old_row   jsonb,
  new_row   jsonb,
  PRIMARY KEY (xid, seq)
) WITH (
  -- Rows come and go in order: vacuum by count, not by share, so that a large journal is not left to bloat.
  autovacuum_vacuum_scale_factor = 0.02,
  autovacuum_vacuum_threshold = 10000,
  autovacuum_analyze_scale_factor = 0.1
);

-- How much of the past is kept, and how far it was pruned. Its one row is the lock that makes pruning single.
CREATE TABLE rtbridge.retention (
  only_row   boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  keep       interval NOT NULL DEFAULT '24 hours',
  max_bytes  bigint NOT NULL DEFAULT 1073741824,
  -- Rows of this transaction and of every older one may be gone.
  pruned_xid xid8 NOT NULL DEFAULT '0',
  -- When the newest row that is gone was written: who read no further than that has missed something. Null: none is gone.
  pruned_until timestamptz
);
INSERT INTO rtbridge.retention DEFAULT VALUES;

INSERT INTO rtbridge.installation (install_id, system_identifier, timeline, database_oid, journal_oid)
SELECT substr(replace(gen_random_uuid()::text, '-', ''), 1, 16),
       (SELECT system_identifier::text FROM pg_control_system()),
       substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8),
       (SELECT d.oid FROM pg_database d WHERE d.datname = current_database()),
       'rtbridge.journal'::regclass::oid;

-- The journal's contents are whatever the captured tables hold: nobody but its owner reads it.
REVOKE ALL ON rtbridge.migration, rtbridge.installation, rtbridge.captured_table, rtbridge.journal, rtbridge.retention
  FROM PUBLIC;
