import { define } from './define.ts'

export const clientErrors = {
} as const
