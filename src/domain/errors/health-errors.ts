import { define } from './define.ts'

/** What a running hub finds out about itself and the other hubs of its database; shown by `status` and `/health`. */
export const healthErrors = {
  RTB_CANARY_WRITE: define<{ detail: string }>({
    actor: 'operator',
    message: ({ detail }) => `the canary cannot be written: ${detail}`,
    hint: () => 'see the PostgreSQL log: a full disk, a lock or a missing right stops other writers, too',
  }),
  RTB_CANARY_MISSING: define<object>({
    actor: 'operator',
    message: () => 'the canary was committed, but its change is not in the journal: nothing may be captured',
    hint: () => 'run: rtbridge install-triggers',
  }),
  RTB_CANARY_STUCK: define<{ timeoutMs: number }>({
    actor: 'operator',
    message: ({ timeoutMs }) =>
      `the canary did not come round within ${timeoutMs} ms: the hub does not get on with reading`,
    hint: () =>
      'look for what occupies the database (pg_stat_activity) or this machine; restart the hub if it lasts',
  }),
  RTB_HUB_RULES_DIFFER: define<{ hubs: string }>({
    actor: 'operator',
    message: ({ hubs }) => `other hubs of this database run with other rules: ${hubs}`,
    hint: () =>
      'give every hub the same tables and channels in its rtbridge.yaml, then reload those that differ',
  }),
} as const
