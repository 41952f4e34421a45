import { useCallback, useEffect, useState } from 'preact/hooks'
import type { MessageKey } from '../catalogue/message.ts'
import { SignIn } from './pages/sign-in.tsx'
import { Shell } from './shell.tsx'
import { ApiError, ask, isSignInError } from './state/api.ts'
import { forgetToken, keepToken, readToken } from './state/session.ts'
import { TranslatorContext, useLanguage } from './state/use-language.ts'

type Standing =
  | { readonly state: 'asking' | 'in' | 'away' }
  | { readonly state: 'out'; readonly reason: MessageKey | null }

const retryMs = 2_000

/** The page: who is no admin sees the sign-in only. */
export function App({ link }: { link: string | null }) {
  const { translator, setLanguage } = useLanguage()
  const [standing, setStanding] = useState<Standing>({ state: 'asking' })
  const enter = useCallback(async (token: string | null) => setStanding(await judge(token)), [])
  useEffect(() => {
    void openWith(link).then(reason => {
      if (reason === null) void enter(readToken())
      else setStanding({ state: 'out', reason })
    })
  }, [enter, link])
  useEffect(() => {
    if (standing.state !== 'away') return undefined
    const timer = setTimeout(() => void enter(readToken()), retryMs)
    return () => clearTimeout(timer)
  }, [standing, enter])
  const leave = useCallback(() => {
    // The hub ends the session; of one that is away the page forgets it all the same.
    void ask('/api/dashboard/sign-out', {}).catch(() => {})
    forgetToken()
    setStanding({ state: 'out', reason: null })
  }, [])
  const refused = useCallback(() => void enter(readToken()), [enter])
  return (
    <TranslatorContext.Provider value={translator}>
      {standing.state === 'in' && <Shell onLeave={leave} onRefused={refused} setLanguage={setLanguage} />}
      {standing.state === 'out' && (
        <SignIn
          reason={standing.reason}
          setLanguage={setLanguage}
          onKey={token => {
            keepToken(token)
            return enter(token)
          }}
        />
      )}
      {standing.state === 'asking' && <p class="alone">{translator.text('app.loading')}</p>}
      {standing.state === 'away' && <p class="alone">{translator.text('app.unreachable')}</p>}
    </TranslatorContext.Provider>
  )
}

/** @returns why the link did not help; null when it did, or there was none */
async function openWith(link: string | null): Promise<MessageKey | null> {
  if (link === null) return null
  try {
    const { token } = await ask<{ token: string }>('/api/dashboard/sign-in', { link }, { token: null })
    keepToken(token)
    return null
  } catch {
    // An open tab that is led to an old link stays signed in.
    return readToken() === null ? 'signIn.linkUsed' : null
  }
}

async function judge(token: string | null): Promise<Standing> {
  try {
    const { admin } = await ask<{ admin: boolean }>('/api/dashboard', undefined, { token })
    if (admin) return { state: 'in' }
    forgetToken()
    return { state: 'out', reason: token === null ? null : 'signIn.notAdmin' }
  } catch (error) {
    if (!isSignInError(error)) return { state: 'away' }
    forgetToken()
    const isMissing = error instanceof ApiError && error.code === 'RTB_AUTH_REQUIRED'
    return { state: 'out', reason: isMissing ? null : 'signIn.wrong' }
  }
}
