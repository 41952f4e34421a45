-- Whether the queue of notifications is half full.
-- Parameters: none. Returns one row, `queue_crowded`. Locks: those of the queue, briefly.
SELECT pg_notification_queue_usage() >= 0.5 AS queue_crowded
