import { define } from './define.ts'

/** (doc) */
export const installErrors = {} as const
