import type { RefObject } from 'react'
import { useInsertionEffect, useRef } from 'react'

/**
 * Keeps the value of the last render that React kept, for what is called later.
 */
export function useNewest<Value>(value: Value): RefObject<Value> {
  const ref = useRef(value)
  // Runs in the commit itself, before anything that could call it; and not on a server.
  useInsertionEffect(() => {
    ref.current = value
  })
  return ref
}
