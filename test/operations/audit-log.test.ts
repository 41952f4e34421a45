import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import type { AuditRecord } from '../../src/domain/audit.ts'
import { createLogger } from '../../src/logging.ts'
import { createAuditLog } from '../../src/operations/audit-log.ts'

const publish: AuditRecord = {
  action: 'publish',
  user: 'ann',
  connection: 'hub/1',
  address: '127.0.0.1',
  code: null,
  subject: 'CHAT_MESSAGE',
}

function logged(record: Partial<AuditRecord>): string {
  const out = new PassThrough()
  const logger = createLogger('info', out)
  createAuditLog(logger)({ ...publish, ...record })
  return String(out.read())
}

test('a record is one line of JSON that says who did what from where', () => {
  expect(JSON.parse(logged({}))).toMatchObject({
    part: 'audit',
    action: 'publish',
    user: 'ann',
    connection: 'hub/1',
    address: '127.0.0.1',
    subject: 'CHAT_MESSAGE',
    msg: 'publish',
  })
})

test('what was refused says why', () => {
  expect(JSON.parse(logged({ action: 'join', code: 'RTB_ACCESS_DENIED' }))).toMatchObject({
    code: 'RTB_ACCESS_DENIED',
    msg: 'join refused',
  })
})

test('a name can neither begin a line of its own nor colour a terminal nor fill a disk', () => {
  const line = logged({ subject: `a\n{"action":"admin"}\u001b[31m${'x'.repeat(10_000)}` })
  expect(line.trimEnd().split('\n')).toHaveLength(1)
  expect(line).not.toContain('\u001b')
  expect(line.length).toBeLessThan(1_000)
})
