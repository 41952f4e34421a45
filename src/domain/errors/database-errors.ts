import { define } from './define.ts'

/** (doc) */
export const databaseErrors = {} as const
