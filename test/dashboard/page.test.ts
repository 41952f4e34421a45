import { request } from 'node:http'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { pagePolicy } from '../../src/transports/page/create-page.ts'
import { readPageFiles } from '../../src/transports/page/read-page-files.ts'
import { openTestServer } from '../support/open-test-server.ts'

const builtPage = fileURLToPath(new URL('../../dist/dashboard/', import.meta.url))

/** Most that a browser loads before the page is there, bytes. */
const limit = 60_000

const none = () => ({ link: '', token: '', expiresAt: '' })
const openPage = (dashboard: object | null = { issueLink: none, signIn: none, isOpenHere: false }) =>
  openTestServer({}, { ways: { dashboard: dashboard as never } })

describe('the page', () => {
  test(`is at most ${limit} bytes, compressed`, () => {
    const files = [...readPageFiles(builtPage).values()]
    const bytes = files.reduce((sum, { body }) => sum + gzipSync(body, { level: 9 }).length, 0)
    expect(files.length).toBeGreaterThan(2)
    expect(bytes).toBeLessThan(limit)
  })

  test('loads nothing from elsewhere, and says so to the browser', async () => {
    const { url } = await openPage()
    const answer = await fetch(url('/dashboard'))
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(answer.headers.get('content-security-policy')).toBe(pagePolicy)
    expect(pagePolicy).not.toContain('unsafe')
    expect(answer.headers.get('cache-control')).toBe('no-cache')
    const html = await answer.text()
    expect(html).not.toMatch(/(src|href)="(?!\/dashboard\/assets\/)/)
    const [script = ''] = /\/dashboard\/assets\/[\w-]+\.js/.exec(html) ?? []
    const file = await fetch(url(script))
    expect(file.headers.get('content-type')).toBe('text/javascript; charset=utf-8')
    expect(file.headers.get('content-encoding')).toBe('gzip')
    expect(file.headers.get('cache-control')).toContain('immutable')
    const plain = await fetch(url(script), { headers: { 'accept-encoding': 'identity' } })
    expect(await plain.text()).toBe(await file.text())
  })

  test('is where a browser is led that opens the hub; programs are told of the WebSocket as before', async () => {
    const { url } = await openPage()
    const browser = { redirect: 'manual', headers: { accept: 'text/html,*/*;q=0.8' } } as const
    const led = await fetch(url('/'), browser)
    expect([led.status, led.headers.get('location')]).toEqual([302, '/dashboard'])
    expect((await fetch(url('/'))).status).toBe(426)
    expect((await fetch(url('/ws'), browser)).status).toBe(426)
  })

  test('is not there when it is off, nor are its paths', async () => {
    const { url } = await openPage(null)
    for (const path of ['/dashboard', '/dashboard/', '/api/dashboard', '/api/dashboard/sign-in']) {
      expect([path, (await fetch(url(path))).status]).toEqual([path, 404])
    }
    expect((await fetch(url('/'), { headers: { accept: 'text/html' } })).status).toBe(426)
  })

  test.each([
    '/dashboard/../package.json',
    '/dashboard/%2e%2e/package.json',
    '/dashboard/assets',
    '/dashboards',
  ])('has nothing at %s', async path => {
    const { server } = await openPage()
    // Not with `fetch`, which resolves the dots itself.
    const status = await new Promise(resolve => {
      request({ host: '127.0.0.1', port: server.port, path, agent: false }, answer => {
        answer.resume()
        resolve(answer.statusCode)
      }).end()
    })
    expect(status).toBe(404)
  })

  test('is never changed by a request', async () => {
    const { url } = await openPage()
    expect((await fetch(url('/dashboard'), { method: 'POST' })).status).toBe(404)
    const head = await fetch(url('/dashboard'), { method: 'HEAD' })
    expect([head.status, await head.text()]).toEqual([200, ''])
  })
})
