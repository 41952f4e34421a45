import { ApiError } from '../state/api.ts'
import { useTranslator } from '../state/use-language.ts'

/** What did not work, in the hub's own words. */
export function ProblemNote({ error }: { error: unknown }) {
  const { text } = useTranslator()
  if (error === null || error === undefined) return null
  const isSilent = error instanceof ApiError && error.status === 0
  return (
    <div class="note fail" role="alert">
      <strong>{text(isSilent ? 'app.unreachable' : 'app.failed')}</strong>
      {!isSilent && error instanceof ApiError && (
        <p lang="en" dir="ltr">
          <code>{error.code}</code> {error.message}. {error.hint}
        </p>
      )}
    </div>
  )
}
