-- The canary: one row per hub, which the hub changes at intervals and waits to read back out of the journal. It goes the
-- way of every change (trigger, journal, doorbell, reader), so it is captured like any table; readers know it and give
-- it to nobody.
-- Locks: only on the objects created here, and the advisory lock of rtbridge.capture_table.
CREATE TABLE rtbridge.canary (
  hub_id  text PRIMARY KEY,
  -- What the hub's own clock said, in microseconds: only that hub can tell how long ago it was.
  beat    bigint NOT NULL,
  sent_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp()
);
SELECT rtbridge.capture_table('rtbridge.canary', ARRAY['hub_id']);
