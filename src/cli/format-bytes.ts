import { createTranslator } from '../catalogue/translator.ts'

/** A size as `rtbridge status` and the dashboard write it, in English: `12 kB`, `1.1 GB`. */
export const formatBytes = createTranslator('en').bytes
