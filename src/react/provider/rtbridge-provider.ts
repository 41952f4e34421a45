import type { ReactElement, ReactNode } from 'react'
import { createContext, createElement, useContext, useMemo } from 'react'
import type { Client } from '../../client/create-client.ts'

/** How long what nobody uses any more stays open, ms. */
const defaultReleaseMs = 1_000

/** A client of whatever schema. */
export type AnyClient = Omit<Client, 'on' | 'subscribe' | 'table'> & {
  readonly [Name in 'on' | 'subscribe' | 'table']: (...input: never[]) => unknown
}

/** What {@link RtbridgeProvider} is given. */
export interface RtbridgeProviderProps {
  /** Made once by the app, outside of components; it stays the app's, which closes it. */
  readonly client: AnyClient
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
export function RtbridgeProvider(props: RtbridgeProviderProps): ReactElement {
  const { releaseMs = defaultReleaseMs, children } = props
  // Which schema the app has is a matter of types only: see `createHooks`.
  const client = props.client as Client
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
