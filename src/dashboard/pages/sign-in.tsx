import { useEffect, useRef, useState } from 'preact/hooks'
import type { MessageKey } from '../../catalogue/message.ts'
import type { Language } from '../../catalogue/translator.ts'
import { LanguageChoice } from '../parts/language-choice.tsx'
import { useTranslator } from '../state/use-language.ts'

interface SignInProps {
  /** Why the last attempt did not help; null before it. */
  readonly reason: MessageKey | null
  readonly onKey: (key: string) => Promise<void>
  readonly setLanguage: (language: Language) => void
}

/** Asks for an admin's key. */
export function SignIn({ reason, onKey, setLanguage }: SignInProps) {
  const { text } = useTranslator()
  const [isBusy, setBusy] = useState(false)
  const field = useRef<HTMLInputElement>(null)
  useEffect(() => {
    document.title = `${text('signIn.title')} · ${text('app.title')}`
  }, [text])
  const submit = async (event: Event) => {
    event.preventDefault()
    const key = field.current?.value.trim() ?? ''
    if (key === '') return field.current?.focus()
    setBusy(true)
    await onKey(key)
    setBusy(false)
    field.current?.select()
  }
  return (
    <main class="sign-in">
      <div class="row">
        <span class="brand">{text('app.title')}</span>
        <LanguageChoice setLanguage={setLanguage} />
      </div>
      <h1>{text('signIn.title')}</h1>
      <p>{text('signIn.why')}</p>
      <form onSubmit={submit}>
        <label for="key">{text('signIn.key')}</label>
        <input
          id="key"
          ref={field}
          type="password"
          dir="ltr"
          autocomplete="current-password"
          spellcheck={false}
          aria-describedby="key-hint key-problem"
          aria-invalid={reason !== null}
        />
        <p id="key-hint" class="dim">
          {text('signIn.keyHint')}
        </p>
        <p id="key-problem" class="problem" role="alert">
          {reason === null ? '' : text(reason)}
        </p>
        <button type="submit" class="primary" disabled={isBusy}>
          {text('signIn.submit')}
        </button>
      </form>
      <p class="dim">{text('signIn.link')}</p>
    </main>
  )
}
