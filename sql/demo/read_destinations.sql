-- The destinations that vehicles leave for.
-- Parameters: none.
-- Returns: id text.
-- Locks: none.
SELECT id FROM public.destinations WHERE is_active ORDER BY id
