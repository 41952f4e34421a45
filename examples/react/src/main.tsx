import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { createClient } from 'rtbridge/client'
import { RtbridgeProvider } from 'rtbridge/react'
import { Board } from './board.tsx'
import './board.css'
import type { Schema } from './schema.ts'

// ?hub=ws://office-server:8765&desk=Desk%203
const options = new URLSearchParams(location.search)

// One client for the whole page, made outside of components: a render must not make connections.
const client = createClient<Schema>({
  url: options.get('hub') ?? `ws://${location.hostname}:8765`,
  appName: options.get('desk') ?? 'Board',
})

const root = document.getElementById('root')
if (root === null) throw new Error('the page has no element with the id root')
createRoot(root).render(
  <StrictMode>
    <RtbridgeProvider client={client}>
      <Board />
    </RtbridgeProvider>
  </StrictMode>,
)
