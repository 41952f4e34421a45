import { ClientError } from '../../api/client-error.ts'

/** Errors of live tables: what it says, and what to do next. */
export const tableErrors = {
  RTB_CLIENT_TABLE: [
    'wrong options of a live table',
    "orderBy is 'column' or 'column desc', limit 1 to 100,000",
  ],
} as const satisfies Readonly<Record<string, readonly [message: string, hint: string]>>

/** An error of what an app wants of a live table. */
export function tableError(detail: string): ClientError {
  const [message, hint] = tableErrors.RTB_CLIENT_TABLE
  return new ClientError('RTB_CLIENT_TABLE', `${message}: ${detail}`, hint)
}
