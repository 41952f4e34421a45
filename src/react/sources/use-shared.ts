import { useMemo, useSyncExternalStore } from 'react'
import { useRtbridge } from '../provider/rtbridge-provider.ts'
import { contentKey } from './content-key.ts'
import type { SourceKind } from './shared-source.ts'
import { lookAt, viewOf } from './shared-source.ts'

/**
 * Looks at a source, which is shared with all components that want the same.
 * @param options compared by content; null = nothing is wanted
 * @param idle what there is to see when nothing is wanted; always the same object
 */
export function useShared<Options, View>(
  kind: SourceKind<Options, View>,
  options: Options | null,
  idle: View,
): View {
  const { client, releaseMs } = useRtbridge()
  const key = options === null ? null : contentKey(options)
  const store = useMemo(() => {
    if (key === null) return { subscribe: () => () => {}, view: () => idle, blank: () => idle }
    const place = { client, kind, key, options: JSON.parse(key) as Options }
    return {
      subscribe: (listener: () => void) => lookAt(place, listener, releaseMs),
      view: () => viewOf(place),
      blank: () => kind.blank,
    }
  }, [client, kind, key, idle, releaseMs])
  return useSyncExternalStore(store.subscribe, store.view, store.blank)
}
