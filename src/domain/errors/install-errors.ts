import { define } from './define.ts'

export const installErrors = {
} as const
