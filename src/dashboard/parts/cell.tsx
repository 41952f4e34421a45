import type { ComponentChildren } from 'preact'

/** A cell of a table. On a narrow screen, where rows become cards, it carries the name of its column. */
export function Cell({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <td data-label={name}>
      <div>{children}</div>
    </td>
  )
}
