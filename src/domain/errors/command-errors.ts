import { define } from './define.ts'

/** (doc) */
export const commandErrors = {} as const
