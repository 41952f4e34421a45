import type { Language } from '../../catalogue/translator.ts'
import { languages } from '../../catalogue/translator.ts'
import { useTranslator } from '../state/use-language.ts'

/** Chooses the language of the page. */
export function LanguageChoice({ setLanguage }: { setLanguage: (language: Language) => void }) {
  const { language, text } = useTranslator()
  return (
    <select
      aria-label={text('app.language')}
      value={language}
      onChange={event => setLanguage(event.currentTarget.value as Language)}
    >
      {Object.entries(languages).map(([code, name]) => (
        <option key={code} value={code} lang={code}>
          {name}
        </option>
      ))}
    </select>
  )
}
