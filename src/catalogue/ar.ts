import type { Catalogue } from './message.ts'
import { arDashboard } from './texts/ar-dashboard.ts'
import { arDoctor } from './texts/ar-doctor.ts'
import { arStatus } from './texts/ar-status.ts'

/** The texts in Arabic. */
export const ar: Catalogue = { ...arDashboard, ...arDoctor, ...arStatus }
