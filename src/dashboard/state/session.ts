/** Kept by the browser for this tab only, until it is closed. */
const name = 'rtbridge:token'

/** What shows who sits here: an admin's key, or the token that a link was changed for; null = nothing. */
export function readToken(): string | null {
  return sessionStorage.getItem(name)
}

export function keepToken(token: string): void {
  sessionStorage.setItem(name, token)
}

export function forgetToken(): void {
  sessionStorage.removeItem(name)
}

/** Takes a link's secret out of the address, where it must not stay; null when there is none. */
export function takeLink(): string | null {
  const { hash, pathname } = location
  const link = hash.slice(1)
  if (link === '' || link.startsWith('/')) return null
  history.replaceState(null, '', pathname)
  return link
}
