-- The runs of the server in which hubs gave out cursors: from one start of the postmaster to the next.
--
-- A copy of the data directory, or of the disk, that is put back has everything by which a history is known: system
-- identifier, timeline, oids. Only that what came after the copy is not in it. So every run gets a random id, durable
-- before the first cursor of that run is given out, and cursors carry it: of a run that this database does not know, or
-- of a later moment of a run than where it ended here, they are of a future that was undone.
CREATE TABLE rtbridge.server_run (
  place      integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id         text NOT NULL,
  -- pg_postmaster_start_time(), which tells one start from another; never compared by order.
  started_at timestamptz NOT NULL,
  -- Cursors of the runs before are of no later transaction than this.
  from_xid   xid8 NOT NULL
);
