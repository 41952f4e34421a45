import type { en } from './en.ts'

/** A text for each plural form that a language has. `{count}` is the number. */
export type PluralForms = Readonly<Partial<Record<Intl.LDMLPluralRule, string>>> & { readonly other: string }

/** One text: `{name}` stands for a value. Which form of a plural is taken depends on the value `count`. */
export type Message = string | PluralForms

/** Names of all texts. */
export type MessageKey = keyof typeof en

/** The same texts as English ones, in another language. */
export type Texts<English> = Readonly<Record<keyof English, Message>>

/** All texts in one language. */
export type Catalogue = Texts<typeof en>
