-- Makes one hub at a time change what is recorded of this history. Parameters: none. Returns nothing.
-- Locks: the row of rtbridge.installation, to the end of the transaction.
SELECT FROM rtbridge.installation FOR UPDATE
