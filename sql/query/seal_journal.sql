-- Seals the rows of another history: transaction 0 is older than every cursor, so they stay readable and are never
-- delivered again. Part of one transaction with adopt_history.sql.
-- Parameters: none. Locks: the rows. Scans the journal once.
UPDATE rtbridge.journal SET xid = '0' WHERE xid <> '0'
