// A process that owns a server and is then killed by `orphan.test.ts`. It runs what `npm run build` made.
import { openEmbeddedServer } from '../../dist/demo/embedded-server.js'

const { pid, dataDir } = await openEmbeddedServer()
process.send({ pid, dataDir })
setInterval(() => {}, 1_000)
