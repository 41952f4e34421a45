import type { Config } from '../../config/config.ts'
import { settingValues } from '../../config/describe-config.ts'
import { type SettingKey, settingKeys } from '../../config/settings.ts'
import { asksAboutRooms } from '../../daemon/rooms.ts'

/** Settings that a reload takes into use. */
const reloaded: readonly SettingKey[] = ['auth.allow_token_in_url', 'auth.failed_attempts', 'rooms.default']

/**
 * What a hub that runs by one configuration would do otherwise after a restart with another, by the names in the file; what a
 * reload takes into use is not among it.
 */
export function settingsToRestart(running: Config, next: Config): readonly string[] {
  const before = settingValues(running)
  const after = settingValues(next)
  const isOther = (one: unknown, other: unknown) => JSON.stringify(one) !== JSON.stringify(other)
  const settings = settingKeys.filter(key => !reloaded.includes(key) && isOther(before[key], after[key]))
  return [
    ...settings,
    ...(isOther(running.channels, next.channels) ? ['channels'] : []),
    // Members are asked about again at intervals only if that was so from the start.
    ...(asksAboutRooms(next) && !asksAboutRooms(running) ? ['rooms.queries'] : []),
  ]
}
