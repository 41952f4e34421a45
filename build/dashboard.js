// Builds the page that a hub serves at /dashboard. Part of `npm run build`.
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

await build({
  configFile: false,
  root: fileURLToPath(new URL('../src/dashboard/', import.meta.url)),
  base: '/dashboard/',
  logLevel: 'warn',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: fileURLToPath(new URL('../dist/dashboard/', import.meta.url)),
    emptyOutDir: true,
    target: 'es2022',
    // The policy of the page allows nothing inline.
    assetsInlineLimit: 0,
    modulePreload: false,
  },
})
