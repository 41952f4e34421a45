import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ConnectionInput, ConnectionState } from '../../../src/client/connection/connection-state.ts'
import { connectionTransitions } from '../../../src/client/connection/connection-state.ts'
import type { SubscriptionInput, SubscriptionState } from '../../../src/client/machine/subscription-state.ts'
import { subscriptionTransitions } from '../../../src/client/machine/subscription-state.ts'

type Table<State extends string, Input extends string> = Readonly<
  Record<State, { readonly [Name in Input]?: State }>
>

/** The table as docs/client.md shows it. */
function render<State extends string, Input extends string>(
  table: Table<State, Input>,
  inputs: readonly Input[],
): string {
  const states = Object.keys(table) as State[]
  const rows = states.map(state => [`\`${state}\``, ...inputs.map(input => table[state][input] ?? '·')])
  const head = ['', ...inputs.map(input => `\`${input}\``)]
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(head), `|${head.map(() => '---|').join('')}`, ...rows.map(line)].join('\n')
}

const page = readFileSync(new URL('../../../docs/client.md', import.meta.url), 'utf8')

function walk<State extends string, Input extends string>(
  table: Table<State, Input>,
  from: State,
  inputs: readonly Input[],
): State[] {
  const states = [from]
  for (const input of inputs) {
    const last: State = states.at(-1) ?? from
    states.push(table[last][input] ?? last)
  }
  return states
}

const connectionInputs: readonly ConnectionInput[] = ['want', 'registered', 'lost', 'due', 'refused', 'close']
const subscriptionInputs: readonly SubscriptionInput[] = ['replay', 'answered', 'lost', 'refused', 'close']

describe('the table of the connection', () => {
  test('is in docs/client.md as it is', () => {
    expect(page).toContain(render(connectionTransitions, connectionInputs))
  })

  test('never leaves `closed`, and gets there from everywhere', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...connectionInputs)), inputs => {
        const states = walk<ConnectionState, ConnectionInput>(connectionTransitions, 'idle', [
          ...inputs,
          'close',
          ...inputs,
        ])
        expect(states.slice(inputs.length + 1).every(state => state === 'closed')).toBe(true)
      }),
    )
  })

  test('is online only after `registered` answered an attempt', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...connectionInputs)), inputs => {
        const states = walk<ConnectionState, ConnectionInput>(connectionTransitions, 'idle', inputs)
        for (const [at, state] of states.entries()) {
          if (state !== 'online' || states[at - 1] === 'online') continue
          expect([states[at - 1], inputs[at - 1]]).toEqual(['connecting', 'registered'])
        }
      }),
    )
  })

  test('goes on from every loss with another attempt', () => {
    for (const state of ['connecting', 'online'] as const) {
      expect(walk<ConnectionState, ConnectionInput>(connectionTransitions, state, ['lost', 'due'])).toEqual([
        state,
        'retrying',
        'connecting',
      ])
    }
  })
})

describe('the table of a subscription', () => {
  test('is in docs/client.md as it is', () => {
    expect(page).toContain(render(subscriptionTransitions, subscriptionInputs))
  })

  test('is live only after the hub has answered', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...subscriptionInputs)), inputs => {
        const states = walk<SubscriptionState, SubscriptionInput>(subscriptionTransitions, 'pending', inputs)
        for (const [at, state] of states.entries()) {
          if (state === 'live' && states[at - 1] !== 'live') expect(inputs[at - 1]).toBe('answered')
        }
      }),
    )
  })

  test('leaves `failed` only to be closed, and `closed` never', () => {
    for (const input of subscriptionInputs) {
      expect(subscriptionTransitions.failed[input]).toBe(input === 'close' ? 'closed' : undefined)
      expect(subscriptionTransitions.closed[input]).toBeUndefined()
    }
  })
})
