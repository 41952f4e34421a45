import type { Schema as Database } from './rtbridge-types.ts'

/** What `rtbridge types` knows of the database, and what the desks tell each other. */
export interface Schema {
  tables: Database['tables']
  events: Database['events'] & {
    DESK_MESSAGE: { data: { text: string } }
  }
}
