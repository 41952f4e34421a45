import { expect, test } from 'vitest'
import { openAttackedHub } from './attacked-hub.ts'

const nested = (depth: number) => {
  const list = '[1,2,3,4,5,6,7,8,9,10]'
  const loops = Array.from({ length: depth }, (_, i) => `${list}.all(x${i}, `).join('')
  return `${loops}true${')'.repeat(depth)}`
}

const bombs: readonly (readonly [string, string])[] = [
  ['comprehensions eight deep', nested(8)],
  ['a hundred thousand terms', new Array(100_000).fill('true').join('||')],
  ['a thousand terms', new Array(1_000).fill('1').join('+')],
  ['two thousand brackets', `${'('.repeat(999)}true${')'.repeat(999)}`],
  ['lists two hundred deep', `${'['.repeat(200)}${']'.repeat(200)} == []`],
  ['signs without end', `${'!'.repeat(1_900)}true`],
  ['a regex that backtracks', 'new.id.matches("(a+)+$") && new.id.matches("(x?){1000}x{1000}")'],
  ['a regex of nested counts', 'string(new.id).matches("((((a{99}){99}){99}){99})")'],
  ['a text that doubles', 'cel.bind(a, "x", cel.bind(b, a+a+a+a, b+b+b+b)) == ""'],
  ['a huge literal', `size("${'x'.repeat(1_980)}") > 0 || ${'9'.repeat(1_000)} > 1`],
]

test.each(bombs)('%s in a condition: refused or bounded, while others go on', async (_, where) => {
  const hub = await openAttackedHub('hub: { max_message: 2MiB }\nlimits: { bytes: 4MiB }')
  const client = await hub.register()
  const started = performance.now()
  client.send('subscribe', { id: 'bomb', where })
  const answer = await client.next(({ message_type: type }) => type === 'error' || type === 'subscribed')
  if (answer.message_type === 'error') {
    expect(answer.data['code']).toMatch(/^RTB_(SUBSCRIPTION_WHERE|MESSAGE_INVALID|FRAME_TOO_DEEP)$/)
  }
  await hub.expectToServe()
  // Not a measure: a condition that is not bounded takes minutes, or for ever.
  expect(performance.now() - started).toBeLessThan(15_000)
})

test('a hundred costly conditions share one budget, and whoever sent them is told', async () => {
  const hub = await openAttackedHub('limits: { filter_work: 1000 }')
  const client = await hub.register({ subscriptions: [] })
  const list = `[${Array.from({ length: 40 }, (_, i) => i).join(',')}]`
  const where = `${list}.all(a, ${list}.all(b, a + b + new.id > -1))`
  client.send('subscribe', { id: 'costly', where })
  await client.next('subscribed')
  await hub.expectToServe()
  expect((await client.next('error')).data).toMatchObject({ code: 'RTB_SUBSCRIPTION_WORK' })
})

test('ten thousand globs that begin anew at each letter share the budget of the conditions', async () => {
  const hub = await openAttackedHub()
  const [client, sender] = [
    await hub.register({ subscriptions: [] }),
    await hub.register({ subscriptions: [] }),
  ]
  for (let id = 0; id < 100; id++) {
    const events = Array.from({ length: 100 }, (_, n) => `*${'a'.repeat(95)}${n}`)
    client.send('subscribe', { id: `${id}`, events })
    await client.next('subscribed')
  }
  sender.send('custom_event', { event_type: 'a'.repeat(200), data: {} })
  expect((await client.next('error')).data).toMatchObject({
    code: 'RTB_SUBSCRIPTION_WORK',
    message: expect.stringContaining('of table "none"'),
  })
  await hub.expectToServe()
})

test('a condition longer than configured is refused', async () => {
  const hub = await openAttackedHub('limits: { filter_length: 20 }')
  const client = await hub.register()
  client.send('subscribe', { id: 'long', where: 'new.id == 1 || new.id == 2' })
  expect((await client.next('error')).data).toMatchObject({
    message: expect.stringContaining('limits.filter_length'),
  })
})
