/**
 * Where a rule stands, by the name of its file: `rtbridge.yaml:22:7`. The whole path is shown when one points at it.
 * @param place path, line and column
 */
export function SourcePlace({ place }: { place: string }) {
  return (
    <bdi class="dim" title={place}>
      {place.slice(place.lastIndexOf('/') + 1)}
    </bdi>
  )
}
