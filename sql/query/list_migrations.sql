-- The install files that were run here. Parameters: none. Returns their names, in order. Locks: none.
SELECT m.name FROM rtbridge.migration m ORDER BY m.id
