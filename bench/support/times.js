/** What each hub does before it is timed: it is one that has been there for a while, whose code V8 has compiled. */
export function warmUp(clients) {
  return { events: Math.min(600, Math.round(60_000 / clients)), perSecond: 200 }
}

/** Times of every event at every probe, ms: since its INSERT was sent, and since its commit was known to the writer. */
export async function timesOf({ crowd, writer }, { events, perSecond }) {
  const { written, arrivals } = await crowd.hear(events, () => writer.ask({ events, perSecond }))
  const sent = []
  const committed = []
  for (const list of arrivals) {
    for (let at = 0; at < list.length; at += 2) {
      const nth = list[at] - written.first
      sent.push((list[at + 1] - written.sent[nth]) / 1_000)
      committed.push((list[at + 1] - written.committed[nth]) / 1_000)
    }
  }
  return { sent, committed }
}
