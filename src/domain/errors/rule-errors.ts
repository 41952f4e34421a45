import { define } from './define.ts'

/** (doc) */
export const ruleErrors = {} as const
