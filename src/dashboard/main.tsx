import { render } from 'preact'
import { App } from './app.tsx'
import { takeLink } from './state/session.ts'

const root = document.getElementById('app')
if (root !== null) render(<App link={takeLink()} />, root)
