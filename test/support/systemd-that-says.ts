import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createFolder } from '../cli/run-cli.ts'

/** The environment of a machine that systemd runs, as far as `systemctl show` tells. */
export async function systemdThatSays(answer: string): Promise<Readonly<Record<string, string>>> {
  const folder = join(await createFolder(), 'bin')
  await mkdir(folder)
  const program = join(folder, 'systemctl')
  await writeFile(program, `#!/bin/sh\ncat <<'END'\n${answer}\nEND\n`)
  await chmod(program, 0o755)
  return { PATH: `${folder}:/usr/bin:/bin` }
}
