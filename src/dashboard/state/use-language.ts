import { createContext } from 'preact'
import { useContext, useEffect, useMemo, useState } from 'preact/hooks'
import type { Language, Translator } from '../../catalogue/translator.ts'
import { chooseLanguage, createTranslator, languages } from '../../catalogue/translator.ts'

const name = 'rtbridge:language'

/** The texts, for every part of the page. */
export const TranslatorContext = createContext<Translator>(createTranslator('en'))

export function useTranslator(): Translator {
  return useContext(TranslatorContext)
}

/** The language of the page: the one chosen here before, else that of the browser. */
export function useLanguage(): {
  readonly translator: Translator
  readonly setLanguage: (language: Language) => void
} {
  const [language, setLanguage] = useState(readLanguage)
  const translator = useMemo(() => createTranslator(language), [language])
  useEffect(() => {
    document.documentElement.lang = language
    document.documentElement.dir = translator.direction
  }, [language, translator])
  return {
    translator,
    setLanguage: chosen => {
      localStorage.setItem(name, chosen)
      setLanguage(chosen)
    },
  }
}

function readLanguage(): Language {
  const kept = localStorage.getItem(name) ?? ''
  return Object.hasOwn(languages, kept) ? (kept as Language) : chooseLanguage(navigator.languages)
}
