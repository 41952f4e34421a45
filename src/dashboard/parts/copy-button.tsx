import { useState } from 'preact/hooks'
import { copyText } from '../state/copy-text.ts'
import { useTranslator } from '../state/use-language.ts'

/** Puts a text into the clipboard, and says so. */
export function CopyButton({ value, label }: { value: string; label: string }) {
  const { text } = useTranslator()
  const [copied, setCopied] = useState<string | null>(null)
  return (
    <span class="buttons">
      <button
        type="button"
        onClick={() => void copyText(value).then(isDone => setCopied(isDone ? value : null))}
      >
        {label}
      </button>
      <span role="status">{copied === value ? text('live.copied') : ''}</span>
    </span>
  )
}
