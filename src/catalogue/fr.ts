import type { Catalogue } from './message.ts'
import { frDashboard } from './texts/fr-dashboard.ts'
import { frDoctor } from './texts/fr-doctor.ts'
import { frStatus } from './texts/fr-status.ts'

/** The texts in French. */
export const fr: Catalogue = { ...frDashboard, ...frDoctor, ...frStatus }
