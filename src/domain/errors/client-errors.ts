import { define } from './define.ts'

/** The author of a connected app has to act. */
export const clientErrors = {
  RTB_CURSOR_UNREADABLE: define<object>({
    actor: 'client-author',
    message: () => 'the cursor is not one that rtbridge gave out',
    hint: () =>
      'send a cursor exactly as it came in `registered`, `checkpoint` or `events`, or none to start from now',
  }),
} as const
