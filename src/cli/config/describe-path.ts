import type { LoadedConfig } from '../../config/load-config.ts'

/** Which file is in effect; when none was found, each one that was tried. */
export function describePath({ path, tried }: Pick<LoadedConfig, 'path' | 'tried'>): string {
  return path === null ? `no configuration file; tried ${tried.join(', ')}` : `configuration: ${path}`
}
