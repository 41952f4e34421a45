import { useEffect, useState } from 'preact/hooks'

/** The pages, in the order of the navigation. */
export const routes = ['home', 'live', 'clients', 'tables', 'journal', 'doctor'] as const

export type Route = (typeof routes)[number]

/** The page that the address names; the first one for every other address. */
export function useRoute(): Route {
  const [route, setRoute] = useState(readRoute)
  useEffect(() => {
    const listener = () => setRoute(readRoute())
    addEventListener('hashchange', listener)
    return () => removeEventListener('hashchange', listener)
  }, [])
  return route
}

function readRoute(): Route {
  const name = location.hash.replace(/^#\//, '')
  return routes.find(route => route === name) ?? 'home'
}
