import type { ComponentChildren } from 'preact'

export interface Column<Row> {
  readonly name: string
  readonly show: (row: Row) => ComponentChildren
  /** It holds buttons, whose names say enough; default false. */
  readonly isButtons?: boolean
  /** It holds the longest text, and gets the most room; default false. */
  readonly isWide?: boolean
}

/**
 * Rows of data, named by their first column. On a narrow screen rows become cards, in which every cell carries the name of
 * its column.
 */
export function DataTable<Row>({
  columns,
  rows,
  keyOf,
}: {
  columns: readonly Column<Row>[]
  rows: readonly Row[]
  keyOf: (row: Row) => string
}) {
  const [first, ...others] = columns
  return (
    <div class="table">
      <table>
        <thead>
          <tr>
            {columns.map(({ name, isWide }) => (
              <th key={name} scope="col" class={isWide === true ? 'wide' : undefined}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(row => (
            <tr key={keyOf(row)}>
              <th scope="row">{first?.show(row)}</th>
              {others.map(({ name, show, isButtons }) =>
                isButtons === true ? (
                  <td key={name} class="buttons">
                    {show(row)}
                  </td>
                ) : (
                  <td key={name} data-label={name}>
                    <div>{show(row)}</div>
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
