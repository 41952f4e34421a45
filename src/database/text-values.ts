import type pg from 'pg'

/** Values come as PostgreSQL printed them: no number is ever parsed into a double. */
export const valuesAsText = {
  getTypeParser: () => (value: string) => value,
} as unknown as pg.CustomTypesConfig

/** A row by column name; every value is text or null. */
export type TextRow = Readonly<Record<string, string | null>>
