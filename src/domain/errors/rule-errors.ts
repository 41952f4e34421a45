import { define } from './define.ts'

export const ruleErrors = {
} as const
