/**
 * What the `client_id` of rtbridge's own tools begins with: the dashboard, `rtbridge tail`. Whoever has such a one looks on,
 * and is not in presence.
 */
export const toolClientPrefix = 'rtbridge:'
