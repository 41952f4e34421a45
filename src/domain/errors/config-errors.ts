import { define } from './define.ts'

export const configErrors = {
} as const
