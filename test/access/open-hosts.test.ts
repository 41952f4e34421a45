import { describe, expect, test } from 'vitest'
import { decideMode } from '../../src/access/open-hosts.ts'

const resolve = async (host: string) =>
  ({ office: ['192.168.1.5'], both: ['127.0.0.1', '::1'], mixed: ['10.0.0.1', '192.0.2.1'] })[host] ?? []

describe('when nothing is written about who may connect', () => {
  test.each(['127.0.0.1', '127.9.9.9', '::1', 'both'])(
    'a hub on %s is open, and that is assumed',
    async host => {
      expect(await decideMode(null, host, resolve)).toEqual({ mode: 'open', assumed: true })
    },
  )

  test.each(['0.0.0.0', '::', '192.168.1.5', '10.0.0.1', 'fe80::1%eth0', '192.0.2.1', 'office', 'nowhere'])(
    'a hub on %s is refused, with the lines to write',
    async host => {
      await expect(decideMode(null, host, resolve)).rejects.toMatchObject({
        code: 'RTB_AUTH_UNDECIDED',
        hint: expect.stringMatching(/auth:\n {4}mode: key[\s\S]*auth:\n {4}mode: open/),
      })
    },
  )
})

describe('what is written as open', () => {
  test.each([
    '127.0.0.1',
    '0.0.0.0',
    '::',
    '10.1.2.3',
    '172.16.0.1',
    '172.31.255.254',
    '192.168.0.1',
    '169.254.1.1',
    'fd00::1',
    'fe80::1%eth0',
    '::ffff:192.168.1.1',
    'office',
  ])('may be open on %s', async host => {
    expect(await decideMode('open', host, resolve)).toEqual({ mode: 'open', assumed: false })
  })

  test.each([
    '192.0.2.1',
    '8.8.8.8',
    '172.32.0.1',
    '100.64.0.1',
    '2001:db8::1',
    '::ffff:8.8.8.8',
    'mixed',
    'nowhere',
  ])('may not be open on %s', async host => {
    await expect(decideMode('open', host, resolve)).rejects.toMatchObject({ code: 'RTB_AUTH_OPEN_PUBLIC' })
  })
})

test('who asks for keys or tokens may listen anywhere', async () => {
  for (const mode of ['key', 'jwt'] as const) {
    expect(await decideMode(mode, '192.0.2.1', resolve)).toEqual({ mode, assumed: false })
  }
})
