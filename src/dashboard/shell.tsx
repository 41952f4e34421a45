import { useEffect, useRef, useState } from 'preact/hooks'
import type { Language } from '../catalogue/translator.ts'
import { ClientsPage } from './pages/clients/clients-page.tsx'
import { DoctorPage } from './pages/doctor.tsx'
import { HomePage } from './pages/home.tsx'
import { JournalPage } from './pages/journal.tsx'
import { LivePage } from './pages/live.tsx'
import { TablesPage } from './pages/tables/tables-page.tsx'
import { LanguageChoice } from './parts/language-choice.tsx'
import { ProblemNote } from './parts/problem-note.tsx'
import type { Health } from './state/answers.ts'
import { isSignInError } from './state/api.ts'
import { useHubStream } from './state/hub-client.ts'
import { addSample, noSamples } from './state/samples.ts'
import { useTranslator } from './state/use-language.ts'
import { usePoll } from './state/use-poll.ts'
import type { Route } from './state/use-route.ts'
import { routes, useRoute } from './state/use-route.ts'

interface ShellProps {
  /** Somebody signs out. */
  readonly onLeave: () => void
  /** The hub does not know him any more. */
  readonly onRefused: () => void
  readonly setLanguage: (language: Language) => void
}

/** What stands around every page, and what all of them share: the stream and the state of the hub. */
export function Shell({ onLeave, onRefused, setLanguage }: ShellProps) {
  const { text } = useTranslator()
  const route = useRoute()
  const stream = useHubStream(onRefused)
  const [samples, setSamples] = useState(noSamples)
  const health = usePoll<Health>('/health', answer =>
    setSamples(before => addSample(before, answer, performance.now())),
  )
  const isRefused = isSignInError(health.error)
  useEffect(() => {
    if (isRefused) onRefused()
  }, [isRefused, onRefused])
  const main = useFocusOn(route)
  useEffect(() => {
    document.title = `${text(`page.${route}`)} · ${text('app.title')}`
  }, [route, text])
  return (
    <>
      <button type="button" class="skip" onClick={() => main.current?.focus()}>
        {text('app.skip')}
      </button>
      <header>
        <span class="brand">{text('app.title')}</span>
        <Navigation route={route} />
        <span class={`pill ${stream.state}`} role="status">
          {text(`stream.${stream.state}`)}
        </span>
        <LanguageChoice setLanguage={setLanguage} />
        <button type="button" onClick={onLeave}>
          {text('app.signOut')}
        </button>
      </header>
      <main id="main" tabIndex={-1} ref={main}>
        <h1>{text(`page.${route}`)}</h1>
        <ProblemNote error={health.error} />
        {route === 'home' && <HomePage health={health.answer} samples={samples} />}
        {route === 'live' && <LivePage stream={stream} />}
        {route === 'clients' && <ClientsPage />}
        {route === 'tables' && <TablesPage />}
        {route === 'journal' && <JournalPage health={health.answer} />}
        {route === 'doctor' && <DoctorPage />}
      </main>
    </>
  )
}

function Navigation({ route }: { route: Route }) {
  const { text } = useTranslator()
  return (
    <nav aria-label={text('app.pages')}>
      <ul>
        {routes.map(each => (
          <li key={each}>
            <a href={`#/${each}`} aria-current={each === route ? 'page' : undefined}>
              {text(`page.${each}`)}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  )
}

/** Who goes to another page with the keyboard goes on there, not in the navigation. */
function useFocusOn(route: Route) {
  const main = useRef<HTMLElement>(null)
  const shown = useRef(route)
  useEffect(() => {
    if (shown.current !== route) main.current?.focus({ preventScroll: true })
    if (shown.current !== route) scrollTo(0, 0)
    shown.current = route
  }, [route])
  return main
}
