-- Removes a hub's row of the canary. Parameters: $1 text, the hub's id. Returns nothing. Locks: that row.
DELETE FROM rtbridge.canary c WHERE c.hub_id = $1::text
