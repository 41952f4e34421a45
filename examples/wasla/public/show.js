// Puts rows into tables, lists and selections, and leaves alone what did not change: with it the focus, what is chosen
// in a form, and the peace of who listens to a screen reader.

/**
 * Makes the rows of a table body those of `rows`, in their order.
 * @param shape what has to be the same for a row to look the same, besides the row itself: the language
 * @param cellsOf the cells of a row: texts, buttons `{ label, name, click }`, or nothing
 */
export function showRows(body, rows, shape, cellsOf) {
  const known = new Map([...body.rows].map(element => [element.dataset.id, element]))
  const ids = new Set(rows.map(({ id }) => id))
  for (const [id, element] of known) {
    if (ids.has(id)) continue
    // Who had just pressed a button in it goes on from its heading, not from the top of the page.
    if (element.contains(document.activeElement)) body.closest('section').querySelector('h2').focus()
    element.remove()
  }
  rows.forEach((row, index) => {
    const element = known.get(row.id) ?? document.createElement('tr')
    if (body.rows[index] !== element) body.insertBefore(element, body.rows[index] ?? null)
    // Rows of a live table that did not change are the same objects.
    if (element.row === row && element.shape === shape) return
    if (known.size > 0 && element.row !== row) flash(element)
    Object.assign(element, { row, shape })
    element.dataset.id = row.id
    cellsOf(row).forEach((cell, at) => {
      showCell(element.cells[at] ?? element.insertCell(), cell)
    })
  })
}

function flash(element) {
  if (matchMedia('(prefers-reduced-motion: reduce)').matches) return
  element.animate([{ backgroundColor: 'var(--flash)' }, {}], 2_000)
}

function showCell(element, cell) {
  if (typeof cell === 'string') {
    // It has a direction of its own, and stands where the column stands.
    write(element.querySelector('bdi') ?? element.appendChild(document.createElement('bdi')), cell)
  } else if (!cell) {
    element.replaceChildren()
  } else {
    const button = element.querySelector('button') ?? element.appendChild(document.createElement('button'))
    button.type = 'button'
    write(button, cell.label)
    button.setAttribute('aria-label', cell.name)
    button.onclick = async () => {
      button.disabled = true
      await cell.click()
      button.disabled = false
    }
  }
}

/** Makes the choices of a `<select>` those of `options`, `{ id, parts }`; what is chosen stays so if it is there. */
export function showOptions(select, options) {
  const chosen = select.value
  const elements = options.map(({ id, parts }) => {
    // FSI and PDI: what <bdi> is where elements cannot be.
    const label = parts.map(part => `\u2068${part}\u2069`).join(' · ')
    return new Option(label, id, false, id === chosen)
  })
  select.replaceChildren(...elements)
}

/** Makes the lines of a list. Each part has a direction of its own: a plate stays whole in an Arabic line. */
export function showLines(list, lines) {
  const elements = lines.map(parts => {
    const element = document.createElement('li')
    for (const part of parts) {
      element.append(Object.assign(document.createElement('bdi'), { textContent: part }), ' ')
    }
    return element
  })
  list.replaceChildren(...elements)
}

/** What is written again is read out again: only what differs is written. */
export function write(element, words) {
  if (element.textContent !== words) element.textContent = words
}
