import type { ReactElement, ReactNode } from 'react'
import { createContext, createElement, useContext, useMemo } from 'react'
import type { Client } from '../client/client.ts'
import type { SchemaShape } from '../client/schema.ts'

/** How long what nobody uses any more stays open, ms. */
const defaultReleaseMs = 1_000

/** What {@link RtbridgeProvider} is given. */
export interface RtbridgeProviderProps<S extends SchemaShape> {
  /** Made once by the app, outside of components; it stays the app's, which closes it. */
  readonly client: Client<S>
  /**
   * How long subscriptions and live tables stay open after the last component that uses them has gone, ms. Default 1,000.
   */
  readonly releaseMs?: number | undefined
  readonly children?: ReactNode
}

/** What hooks find above them. */
export interface RtbridgeContext {
  readonly client: Client
  readonly releaseMs: number
}

const context = createContext<RtbridgeContext | null>(null)

/** Gives the hooks below it their client. It neither connects nor closes it. */
export function RtbridgeProvider<S extends SchemaShape>(props: RtbridgeProviderProps<S>): ReactElement {
  const { releaseMs = defaultReleaseMs, children } = props
  // Which schema the app has is a matter of types only: see `createHooks`.
  const client = props.client as unknown as Client
  const value = useMemo(() => ({ client, releaseMs }), [client, releaseMs])
  return createElement(context.Provider, { value }, children)
}

/**
 * What the nearest {@link RtbridgeProvider} says.
 * @throws Error when there is none
 */
export function useRtbridge(): RtbridgeContext {
  const value = useContext(context)
  if (value === null) {
    throw new Error('a hook of rtbridge/react needs an <RtbridgeProvider client={…}> above its component')
  }
  return value
}
