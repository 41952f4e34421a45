import { define } from './define.ts'

export const commandErrors = {
} as const
