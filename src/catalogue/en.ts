import { enDashboard } from './texts/en-dashboard.ts'
import { enDoctor } from './texts/en-doctor.ts'
import { enStatus } from './texts/en-status.ts'

/** What is shown to people, in English; the other languages have the same keys. */
export const en = { ...enDashboard, ...enDoctor, ...enStatus } as const
