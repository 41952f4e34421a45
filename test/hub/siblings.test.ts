import { expect, test } from 'vitest'
import type { HubLimits } from '../../src/hub/limits.ts'
import { FakePeer } from './fake-peer.ts'
import { checkpointAt } from './memory-history.ts'
import { message, openTestHub, settle } from './open-test-hub.ts'

const at = '"timestamp":"2026-01-01T00:00:00.000Z"'
const token0 = 'v1.AAAAAAAAAKoBAA'
const [north, south] = ['north', 'south'].map(hubId => ({ hubId, url: `ws://${hubId}:8765/` }))

function openHub(limits: Partial<HubLimits> = {}) {
  const opened = openTestHub({ with: limits })
  opened.hub.start(checkpointAt(0))
  const told = (peer: { texts: string[] }) => peer.texts.filter(text => text.includes('"hubs"'))
  const announce = async (...list: (typeof north)[]) => {
    opened.hub.announceSiblings(list.filter(each => each !== undefined))
    await settle(2)
  }
  const pass = async () => {
    opened.clock.advance(250)
    await settle(2)
  }
  return { ...opened, told, announce, pass }
}

test('who registers is told of the others in `registered`, exactly so', async () => {
  const { register, announce } = openHub()
  await announce(north)
  const { peer } = register({ client_id: 'desk-1' })
  await settle()
  expect(peer.texts).toEqual([
    `{"message_type":"registered","data":{"client_id":"desk-1","hub_id":"hub-1","protocol":1,"cursor":"${token0}",` +
      `"resumed":"fresh","heartbeat_ms":15000,"hubs":[{"hub_id":"north","url":"ws://north:8765/"}]},${at}}`,
  ])
})

test('a change is told once to each registered client, exactly so, and to nobody else', async () => {
  const { hub, register, announce, pass, told } = openHub()
  const { peer } = register()
  const stranger = register({}, undefined)
  stranger.connection.closed()
  await settle()
  await announce(north, south)
  await announce(north, south)
  await pass()
  await announce(north, south)
  await pass()
  expect(told(peer)).toEqual([
    '{"message_type":"hubs","data":{"hubs":[{"hub_id":"north","url":"ws://north:8765/"},' +
      `{"hub_id":"south","url":"ws://south:8765/"}]},"timestamp":"2026-01-01T00:00:00.250Z"}`,
  ])
  await announce()
  await pass()
  expect(peer.of('hubs').at(-1)).toEqual({ hubs: [] })
  expect(peer.of('hubs')).toHaveLength(2)
  expect(stranger.peer.of('hubs')).toEqual([])
  expect(hub.stats().counters.clientErrors).toBe(0)
})

test('several changes come together, and one that was taken back not at all', async () => {
  const { register, announce, pass, told } = openHub()
  const { peer } = register()
  await settle()
  await announce(north)
  await announce(north, south)
  await announce(south)
  await pass()
  expect(peer.of('hubs')).toEqual([{ hubs: [{ hub_id: 'south', url: 'ws://south:8765/' }] }])
  await announce()
  await announce(south)
  await pass()
  expect(told(peer)).toHaveLength(1)
})

test('who registered while a change waits is not told again', async () => {
  const { register, announce, pass } = openHub()
  await announce(north)
  const { peer } = register()
  await settle()
  await pass()
  expect(peer.of('hubs')).toEqual([])
  expect(peer.of('registered')).toMatchObject([{ hubs: [{ hub_id: 'north' }] }])
})

test('who has not registered is told nothing', async () => {
  const { hub, announce, pass } = openHub()
  const peer = new FakePeer()
  hub.connect(peer).receive(message('ping'))
  await announce(north)
  await pass()
  expect(peer.received.map(frame => frame.message_type)).toEqual(['pong'])
})

test('a client that does not read is told what holds once it does, however often it changed', async () => {
  const { clock, register, announce, pass } = openHub({ highWaterBytes: 400 })
  const { peer, connection } = register()
  await settle()
  peer.isSlow = true
  connection.receive(message('ping'))
  for (let n = 0; n < 100; n++) {
    await announce({ hubId: `hub-${n}`, url: `ws://hub-${n}/` })
    await pass()
  }
  expect(connection.feed.state).not.toBe('closed')
  peer.isSlow = false
  peer.take()
  clock.advance(5_000)
  await settle(2)
  expect(peer.of('hubs').at(-1)).toEqual({ hubs: [{ hub_id: 'hub-99', url: 'ws://hub-99/' }] })
  expect(peer.of('hubs').length).toBeLessThan(10)
})

test('who comes after the last other hub has gone is told that there is none, for he may know some', async () => {
  const { register, announce } = openHub()
  const early = register()
  await settle()
  expect(early.peer.of('registered')[0]).not.toHaveProperty('hubs')
  await announce(north)
  await announce()
  const late = register()
  await settle()
  expect(late.peer.of('registered')[0]).toMatchObject({ hubs: [] })
})
