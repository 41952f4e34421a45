/** A sample as a scrape shows it. */
export interface ScrapedSample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** What a scrape says. */
export interface Scrape {
  readonly contentType: string | null
  readonly text: string
  /** Type of each metric, by its name. */
  readonly types: ReadonlyMap<string, string>
  readonly samples: readonly ScrapedSample[]
  /** Sum of the samples of that name with these labels; 0 when there are none. */
  sum(name: string, labels?: Readonly<Record<string, string>>): number
}

const line = /^([a-z_][a-z0-9_]*)(?:\{(.*)\})? (\S+)$/
const label = /([a-z_]+)="((?:[^"\\]|\\.)*)"(?:,|$)/g

/** Reads the metrics of a hub on this machine, strictly: a line that is none fails. */
export async function scrape(port: number): Promise<Scrape> {
  const answer = await fetch(`http://127.0.0.1:${port}/metrics`)
  const text = await answer.text()
  if (answer.status !== 200) throw new Error(`${answer.status}: ${text}`)
  const lines = text.split('\n').filter(each => each !== '')
  const types = lines.flatMap(each => [...each.matchAll(/^# TYPE (\S+) (\S+)$/g)])
  const samples = lines.filter(each => !each.startsWith('#')).map(readSample)
  return {
    contentType: answer.headers.get('content-type'),
    text,
    types: new Map(types.map(([, name = '', type = '']) => [name, type])),
    samples,
    sum: (name, labels = {}) =>
      samples
        .filter(sample => sample.name === name)
        .filter(sample => Object.entries(labels).every(([key, value]) => sample.labels[key] === value))
        .reduce((sum, { value }) => sum + value, 0),
  }
}

function readSample(text: string): ScrapedSample {
  const [, name, labels = '', value] = line.exec(text) ?? []
  const number = value === '+Inf' ? Number.POSITIVE_INFINITY : Number(value)
  if (name === undefined || Number.isNaN(number)) throw new Error(`not a sample: ${text}`)
  const pairs = [...labels.matchAll(label)]
  if (pairs.map(([whole]) => whole).join('') !== labels) throw new Error(`not labels: ${text}`)
  return {
    name,
    labels: Object.fromEntries(pairs.map(([, key = '', each = '']) => [key, each])),
    value: number,
  }
}
