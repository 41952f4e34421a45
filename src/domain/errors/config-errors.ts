import { define } from './define.ts'

/** (doc) */
export const configErrors = {} as const
