import { expect, test } from 'vitest'
import { createHumanLog } from '../../src/cli/serve/human-log.ts'
import { connectRawClient } from '../support/raw-client.ts'
import { frame, openRawSocket, openRawWebSocket } from '../support/raw-socket.ts'
import { waitFor } from '../support/wait-for.ts'
import { openAttackedHub } from './attacked-hub.ts'

const nasty = '\u001b[31mred\r\n{"level":"error","msg":"forged"}\u2028\u202etxt\u0000\u009b2J'

test('names with control characters forge no line of the log, and steer no terminal', async () => {
  const hub = await openAttackedHub()
  const client = await hub.register({ app_name: nasty, client_id: nasty })
  client.send('join', { room: nasty })
  client.send('custom_event', { event_type: nasty, data: {} })
  client.send('subscribe', { id: nasty, where: nasty })
  client.send(nasty)
  client.send('unsubscribe', { id: nasty })
  await waitFor(() => client.messages.filter(message => message.message_type === 'error').length >= 3)
  for (const path of [`/${encodeURIComponent(nasty)}`, '/\u009b31m']) {
    const raw = await openRawSocket(hub.port)
    raw.socket.write(`GET ${path} HTTP/1.1\r\nHost: x\u009b31m\r\nOrigin: \u009b31m\r\n\r\n`, 'latin1')
    await raw.ends()
  }
  const shown: string[] = []
  const human = createHumanLog(
    line => void shown.push(line),
    (_, text) => text,
  )
  for (const line of hub.log) {
    expect(line.indexOf('\n')).toBe(line.length - 1)
    expect(JSON.parse(line)).toMatchObject({ level: expect.stringMatching(/^(trace|debug|info|warn)$/) })
    human.write(line)
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
  expect(shown.filter(line => /[\u0000-\u001f\u007f-\u009f\u2028\u202e]/.test(line))).toEqual([])
  await hub.expectToServe()
})

test('a token in the URL reaches neither log nor answer', async () => {
  const hub = await openAttackedHub()
  const secret = 'canary-7d1f0c'
  const base = `http://127.0.0.1:${hub.port}`
  const answers = await Promise.all(
    [`/?token=${secret}`, `/nothing?token=${secret}`, `/events?access_token=${secret}`].map(async path =>
      (await fetch(base + path)).text(),
    ),
  )
  const denied = await fetch(`${base}/?token=${secret}`, { headers: { origin: 'https://evil.example' } })
  const client = await connectRawClient(`${hub.url}?token=${secret}`)
  client.send('register', { app_name: 'x', token: secret })
  await waitFor(() => client.messages.length > 0)
  const raw = await openRawSocket(hub.port)
  raw.socket.write(`GET /?token=${secret} HTTP/1.1\r\nHost: evil.example\r\n\r\n`)
  await raw.ends()
  const everything = [
    ...hub.log,
    ...answers,
    await denied.text(),
    raw.received,
    JSON.stringify(client.messages),
  ]
  expect(everything.filter(text => text.includes(secret))).toEqual([])
  expect(JSON.stringify(hub.daemon.status())).not.toContain(secret)
})

test('the last of two equal keys counts, for the check as for what is done', async () => {
  const hub = await openAttackedHub()
  const client = await connectRawClient(hub.url)
  client.sendRaw('{"message_type":"register","message_type":"ping","data":{"app_name":"x"},"data":{}}')
  expect((await client.next()).message_type).toBe('pong')
  client.sendRaw('{"message_type":"register","data":{"app_name":"x","app_name":["list"]}}')
  expect((await client.next('error')).data).toMatchObject({ code: 'RTB_MESSAGE_INVALID' })
  client.sendRaw('{"message_type":"register","data":{"app_name":"x","client_id":"a","client_id":"b"}}')
  expect((await client.next('registered')).data).toMatchObject({ client_id: 'b' })
  await hub.expectToServe()
})

test('brackets a hundred thousand deep are counted, not followed, whole or in pieces', async () => {
  const hub = await openAttackedHub('hub: { max_message: 1MiB }\nlimits: { bytes: 8MiB }')
  const client = await connectRawClient(hub.url)
  for (const bracket of ['[', '{"a":']) {
    client.sendRaw(bracket.repeat(100_000))
    expect((await client.next('error')).data).toMatchObject({ code: 'RTB_FRAME_TOO_DEEP' })
  }
  const raw = await openRawWebSocket(hub.port)
  raw.socket.write(frame('['.repeat(50_000), { isLast: false }))
  raw.socket.write(frame('['.repeat(50_000), { opcode: 0 }))
  await raw.receives(/RTB_FRAME_TOO_DEEP/)
  await hub.expectToServe()
})
