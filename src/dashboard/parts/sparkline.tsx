/** Size of the drawing, in units of its own. */
const width = 120
const height = 32

/** The shape of what was; its last value stands beside it as text, so readers of the screen miss nothing. */
export function Sparkline({ values }: { values: readonly number[] }) {
  const most = Math.max(...values, 0)
  const step = width / Math.max(1, values.length - 1)
  const y = (value: number) => height - 2 - (most === 0 ? 0 : (value / most) * (height - 4))
  const points = values.map((value, at) => `${(at * step).toFixed(1)},${y(value).toFixed(1)}`)
  const first = points[0]
  return (
    <svg class="sparkline" viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" aria-hidden="true">
      {first !== undefined && points.length > 1 && (
        <>
          <polygon points={`0,${height} ${points.join(' ')} ${width},${height}`} />
          <polyline points={points.join(' ')} />
        </>
      )}
    </svg>
  )
}
