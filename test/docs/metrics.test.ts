import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { catalogue } from '../../src/operations/metrics/metrics.ts'
import { openTestDaemon } from '../support/daemon-fixture.ts'
import { type Scrape, scrape } from '../support/scrape.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { installTables } from '../support/wasla-database.ts'

const docs = new URL('../../docs/', import.meta.url)
const read = (name: string) => readFileSync(new URL(name, docs), 'utf8')
const alertsFile = fileURLToPath(new URL('prometheus-alerts.yml', docs))

const database = await createTestDatabase()
await database.query('CREATE TABLE item (id int PRIMARY KEY)')
await installTables(database, 'tables: { item: {} }')

interface DocumentedMetric {
  readonly name: string
  readonly type: string
  readonly labels: readonly string[]
  readonly meaning: string
}

const documented: readonly DocumentedMetric[] = [
  ...read('metrics.md').matchAll(/^\| `(rtbridge_\w+)` \| (\w+) \| ([^|]*)\| (.+) \|$/gm),
].map(([, name = '', type = '', labels = '', meaning = '']) => ({
  name,
  type,
  labels: [...labels.matchAll(/`(\w+)`/g)].map(([, label = '']) => label),
  meaning,
}))
const byName = new Map(documented.map(metric => [metric.name, metric]))

/** Labels that Prometheus, a histogram and an alert have by themselves. */
const givenLabels = ['instance', 'job', 'le']

async function exposed(): Promise<Scrape> {
  const hub = await openTestDaemon(database.url, 'tables: { item: {} }')
  const client = await hub.register()
  await database.query('INSERT INTO item SELECT coalesce(max(id), 0) + 1 FROM item')
  await client.next('checkpoint')
  return scrape(hub.daemon.port)
}

/** The metric that a name in an expression is of. */
function metricOf(name: string): DocumentedMetric | undefined {
  const whole = byName.get(name)
  const base = byName.get(name.replace(/_(bucket|sum|count)$/, ''))
  return whole ?? (base?.type === 'histogram' ? base : undefined)
}

/** What is wrong with an expression: metrics and labels that are not there. */
function problemsOf(expression: string): string[] {
  const names = [...expression.matchAll(/\brtbridge_\w+/g)].map(([name]) => name)
  const metrics = names.flatMap(name => metricOf(name) ?? [])
  const labels = [
    ...[...expression.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list = '']) => list.split(/,\s*/)),
    ...[...expression.matchAll(/(\w+)\s*(?:=~|!=|!~|=)\s*"/g)].map(([, label = '']) => label),
  ]
  const known = [...givenLabels, ...metrics.flatMap(metric => metric.labels)]
  const isCounter = (name: string) => metricOf(name)?.type !== 'gauge'
  const rates = [...expression.matchAll(/\b(?:rate|increase)\((\w+)/g)].map(([, name = '']) => name)
  return [
    ...names.filter(name => metricOf(name) === undefined),
    ...labels.filter(label => !known.includes(label)).map(label => `label ${label} of ${expression}`),
    ...rates.filter(name => !isCounter(name)).map(name => `rate of the gauge ${name}`),
  ]
}

describe('docs/metrics.md', () => {
  test('describes what a hub exposes, each with its type, and nothing else', async () => {
    const { types } = await exposed()
    const isLinuxOnly = (name: string) => /\(Linux only\)/.test(byName.get(name)?.meaning ?? '')
    const listed = documented.filter(({ name }) => process.platform === 'linux' || !isLinuxOnly(name))
    expect(listed.map(({ name, type }) => `${name} ${type}`).sort()).toEqual(
      [...types].map(([name, type]) => `${name} ${type}`).sort(),
    )
  })

  test('says of each what the hub says of it, with its labels', () => {
    for (const { name, help, labels } of catalogue) {
      expect(byName.get(name)).toMatchObject({ labels, meaning: help })
    }
  })

  test('names the labels of every sample', async () => {
    const { samples } = await exposed()
    for (const { name, labels } of samples) {
      const found = Object.keys(labels).filter(label => label !== 'le')
      expect([name, found]).toEqual([name, metricOf(name)?.labels])
    }
  })
})

describe('docs/grafana-dashboard.json', () => {
  interface Panel {
    readonly id: number
    readonly type: string
    readonly title: string
    readonly gridPos: { readonly x: number; readonly w: number }
    readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[]
  }
  const dashboard = JSON.parse(read('grafana-dashboard.json')) as { readonly panels: readonly Panel[] }
  const targets = dashboard.panels.flatMap(({ targets: all = [] }) => all)

  test('asks only for metrics and labels that there are', () => {
    expect(targets.length).toBeGreaterThan(60)
    expect(targets.flatMap(({ expr }) => problemsOf(expr))).toEqual([])
    for (const { expr, legendFormat } of targets) {
      const shown = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = '']) => label)
      const metrics = [...expr.matchAll(/\brtbridge_\w+/g)].flatMap(([name]) => metricOf(name) ?? [])
      const known = [...givenLabels, ...metrics.flatMap(({ labels }) => labels)]
      expect(shown.filter(label => !known.includes(label))).toEqual([])
    }
  })

  test('has a row for each subject, panels with ids of their own that fit the grid', () => {
    const rows = dashboard.panels.filter(({ type }) => type === 'row').map(({ title }) => title)
    expect(rows).toEqual(['Verdict', 'Throughput', 'Latency', 'Clients', 'Journal', 'Database', 'Process'])
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length)
    for (const { gridPos } of dashboard.panels) expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24)
  })

  test('shows every metric of a hub that changes', () => {
    const text = targets.map(({ expr }) => expr).join('\n')
    const left = catalogue.map(({ name }) => name).filter(name => !text.includes(name))
    expect(left).toEqual([
      'rtbridge_start_timestamp_seconds',
      'rtbridge_half_open_cut_total',
      'rtbridge_journal_unknown_rows_total',
    ])
  })
})

describe('docs/prometheus-alerts.yml', () => {
  interface Rule {
    readonly alert: string
    readonly expr: string
    readonly annotations: { readonly summary: string; readonly description: string }
  }
  const { groups } = parse(read('prometheus-alerts.yml')) as {
    readonly groups: readonly { readonly rules: readonly Rule[] }[]
  }
  const rules = groups.flatMap(group => group.rules)

  test('uses only metrics and labels that there are, and says what to do', () => {
    expect(rules.length).toBeGreaterThan(15)
    expect(rules.flatMap(({ expr }) => problemsOf(expr))).toEqual([])
    for (const { alert, annotations } of rules) {
      expect(alert).toMatch(/^Rtbridge[A-Z]\w+$/)
      expect(annotations.summary).toContain('$labels.instance')
      expect(annotations.description.length).toBeGreaterThan(20)
    }
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length)
  })

  test('is what promtool takes', context => {
    const { error, status, stderr } = spawnSync('promtool', ['check', 'rules', alertsFile], {
      encoding: 'utf8',
    })
    if (error !== undefined) context.skip('promtool is not installed (Debian: apt install prometheus)')
    expect([status, stderr]).toEqual([0, ''])
  })

  test('has in promtool no complaint about what a hub exposes', async context => {
    const { text } = await exposed()
    const { error, status, stderr } = spawnSync('promtool', ['check', 'metrics'], {
      input: text,
      encoding: 'utf8',
    })
    if (error !== undefined) context.skip('promtool is not installed (Debian: apt install prometheus)')
    expect([status, stderr]).toEqual([0, ''])
  })
})

test('the check finds metrics and labels that are not there, and the rate of a gauge', () => {
  expect(problemsOf('rtbridge_nothing > 1')).toHaveLength(1)
  expect(problemsOf('sum by (client) (rate(rtbridge_gaps_total[5m]))')).toHaveLength(1)
  expect(problemsOf('rtbridge_gaps_total{table="x"}')).toHaveLength(1)
  expect(problemsOf('rate(rtbridge_connections[5m])')).toHaveLength(1)
  expect(problemsOf('rtbridge_connections_bucket')).toHaveLength(1)
  expect(problemsOf('rate(rtbridge_commit_to_send_seconds_bucket{le="1"}[5m])')).toEqual([])
})
