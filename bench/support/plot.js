const width = 720
const height = 360
const frame = { left: 70, right: 20, top: 44, bottom: 78 }
const colours = ['#0b6e99', '#d9730d', '#4d8f3d', '#9065b0', '#ad1a72', '#64473a', '#707070']

/**
 * A diagram as SVG.
 *
 * @param plot `kind` lines: `series` of `points` [x, y], with `xAxis` and `logX`; `kind` bars: `groups` and `series` of `values`
 */
export function renderPlot(plot) {
  const draw = plot.kind === 'bars' ? drawBars : drawLines
  const { body, ticks, scaleY } = draw(plot)
  const grid = ticks
    .map(value => {
      const y = scaleY(value)
      return `<line x1="${frame.left}" x2="${width - frame.right}" y1="${y}" y2="${y}" stroke="#ddd"/>${text(frame.left - 6, y + 4, short(value), 'end')}`
    })
    .join('')
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">
<title>${plain(plot.title)}</title>
<rect width="${width}" height="${height}" fill="#fff"/>
${text(frame.left, 24, plot.title, 'start', 'font-size="15" font-weight="bold"')}
${grid}
${body}
${legend(plot.series)}
</svg>
`
}

function drawLines({ series, xAxis, logX = false }) {
  const points = series.flatMap(each => each.points)
  const xs = [...new Set(points.map(([x]) => x))].sort((a, b) => a - b)
  const position = logX ? Math.log : x => x
  const [from, to] = [position(xs[0]), position(xs.at(-1))]
  const room = width - frame.left - frame.right
  const scaleX = x =>
    round(frame.left + (to === from ? room / 2 : (room * (position(x) - from)) / (to - from)))
  const { ticks, scaleY } = vertical(points.map(([, y]) => y))
  const lines = series.map((each, at) => {
    const path = each.points.map(([x, y]) => `${scaleX(x)},${scaleY(y)}`).join(' ')
    const dots = each.points.map(
      ([x, y]) => `<circle cx="${scaleX(x)}" cy="${scaleY(y)}" r="3" fill="${colours[at]}"/>`,
    )
    return `<polyline fill="none" stroke="${colours[at]}" stroke-width="2" points="${path}"/>${dots.join('')}`
  })
  const labels = xs.map(x => text(scaleX(x), height - frame.bottom + 18, short(x), 'middle'))
  const axis = text(width - frame.right, height - frame.bottom + 34, xAxis, 'end')
  return { body: [...lines, ...labels, axis].join('\n'), ticks, scaleY }
}

function drawBars({ groups, series }) {
  const { ticks, scaleY } = vertical(series.flatMap(each => each.values))
  const room = (width - frame.left - frame.right) / groups.length
  const bar = (room * 0.8) / series.length
  const base = height - frame.bottom
  const bars = groups.flatMap((_, group) =>
    series.map((each, at) => {
      const value = each.values[group] ?? 0
      const x = round(frame.left + room * (group + 0.1) + bar * at)
      return `<rect x="${x}" y="${scaleY(value)}" width="${round(bar * 0.9)}" height="${round(base - scaleY(value))}" fill="${colours[at]}"/>${text(round(x + bar * 0.45), scaleY(value) - 4, short(value), 'middle', 'font-size="10"')}`
    }),
  )
  const labels = groups.map((name, at) =>
    text(round(frame.left + room * (at + 0.5)), base + 18, name, 'middle'),
  )
  return { body: [...bars, ...labels].join('\n'), ticks, scaleY }
}

/** A scale from nothing to the largest value, with about five round steps. */
function vertical(values) {
  const most = Math.max(...values, Number.MIN_VALUE)
  const rough = most / 5
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 5, 10].map(factor => factor * power).find(each => each >= rough)
  const top = Math.ceil(most / step) * step
  const ticks = Array.from({ length: Math.round(top / step) + 1 }, (_, at) => at * step)
  const room = height - frame.top - frame.bottom
  return { ticks, scaleY: value => round(height - frame.bottom - (room * value) / top) }
}

function legend(series) {
  const step = (width - 40) / Math.min(series.length, 4)
  return series
    .map(({ name }, at) => {
      const [x, y] = [20 + step * (at % 4), height - 30 + 18 * Math.floor(at / 4)]
      return `<rect x="${x}" y="${y - 9}" width="10" height="10" fill="${colours[at]}"/>${text(x + 15, y, name, 'start')}`
    })
    .join('')
}

function plain(content) {
  return String(content).replace(/[&<]/g, letter => (letter === '&' ? '&amp;' : '&lt;'))
}

function text(x, y, content, anchor, more = '') {
  return `<text x="${x}" y="${y}" text-anchor="${anchor}" fill="#333" ${more}>${plain(content)}</text>`
}

function short(value) {
  if (value >= 1_000_000) return `${+(value / 1_000_000).toPrecision(3)} M`
  if (value >= 10_000) return `${+(value / 1_000).toPrecision(3)} k`
  return String(+value.toPrecision(3))
}

function round(value) {
  return Math.round(value * 10) / 10
}
