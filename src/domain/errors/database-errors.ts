import { define } from './define.ts'

export const databaseErrors = {
} as const
