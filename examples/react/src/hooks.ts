import { createHooks } from 'rtbridge/react'
import type { Schema } from './schema.ts'

/** The hooks, with the tables and events of this station: a misspelt one does not compile. */
export const { useClient, useConnection, useEventLog, useLiveTable, usePresence } = createHooks<Schema>()
