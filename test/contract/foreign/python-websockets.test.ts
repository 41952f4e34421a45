import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { HubMessage } from '../../../src/protocol/messages.ts'
import { canRun } from '../../support/installed-program.ts'
import { openTestServer } from '../../support/open-test-server.ts'
import { waitFor } from '../../support/wait-for.ts'

/** Debian's, not one that some virtual environment put before it. */
const python = '/usr/bin/python3'
const script = fileURLToPath(new URL('websocket_client.py', import.meta.url))
const isThere = canRun(python, ['-c', 'import websockets'], 'python3-websockets is not installed')

/** Runs the client until it ends by itself. */
function run(url: string, data: object, count: number) {
  const messages: HubMessage[] = []
  const problems: string[] = []
  let rest = ''
  const register = JSON.stringify({ message_type: 'register', data: { app_name: 'python', ...data } })
  const child = spawn(python, [script, url, register, String(count)])
  onTestFinished(() => void child.kill('SIGKILL'))
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    const lines = (rest + part).split('\n')
    rest = lines.pop() ?? ''
    messages.push(...lines.map(line => JSON.parse(line) as HubMessage))
  })
  child.stderr.setEncoding('utf8').on('data', (part: string) => problems.push(part))
  const ended = new Promise<number | null>(resolve => child.once('close', resolve))
  return { messages, problems, ended }
}

function idsOf(messages: readonly HubMessage[]): string[] {
  return messages.flatMap(message => {
    if (message.message_type === 'realtime_event') return [message.data.event_id]
    return message.message_type === 'events' ? message.data.events.map(event => event.event_id) : []
  })
}

describe.runIf(isThere)("Debian's python3-websockets", () => {
  test.each([false, true])('gets every event once, in order, and resumes (batch: %s)', async batch => {
    const { hub, history, server } = await openTestServer({ sizes: [2, 3, 4] })
    const url = `ws://127.0.0.1:${server.port}/ws`
    const publish = (at: number) => {
      for (const piece of history.pieces(at, at + 1)) hub.publish(piece)
    }
    const first = run(url, { batch }, 2)
    await waitFor(() => first.messages.length > 0, { message: () => `python: ${first.problems}` })
    publish(0)
    expect([await first.ended, first.problems]).toEqual([0, []])
    expect(idsOf(first.messages)).toEqual(['e1', 'e2'])
    expect(first.messages.at(-1)).toMatchObject({ message_type: 'pong', data: { in_reply_to: 'last' } })

    publish(1)
    publish(2)
    const registered = first.messages.find(message => message.message_type === 'registered')
    const cursors = first.messages.flatMap(({ data }) => ('cursor' in data ? [data.cursor] : []))
    const second = run(url, { batch, resume: cursors.at(-1) }, 7)
    expect([await second.ended, second.problems]).toEqual([0, []])
    expect(registered).toMatchObject({ data: { resumed: 'fresh' } })
    expect(idsOf(second.messages)).toEqual(['e3', 'e4', 'e5', 'e6', 'e7', 'e8', 'e9'])
  })

  test('is told of a gap, and filtered by what it asks for', async () => {
    const { hub, history, server } = await openTestServer({ sizes: [2, 3] })
    const url = `ws://127.0.0.1:${server.port}/`
    const subscriptions = [{ id: 'late', where: 'new.n > 3' }]
    const client = run(url, { resume: 'v1.nonsense', subscriptions }, 2)
    await waitFor(() => client.messages.length >= 2, { message: () => `python: ${client.problems}` })
    for (const piece of history.pieces(0, 2)) hub.publish(piece)
    expect(await client.ended).toBe(0)
    expect(client.messages.slice(0, 2).map(message => message.message_type)).toEqual(['registered', 'gap'])
    expect(idsOf(client.messages)).toEqual(['e4', 'e5'])
  })
})
