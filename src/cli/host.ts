/** A stream of the terminal, as far as commands need it. */
export interface HostStream {
  write(text: string): unknown
  readonly isTTY?: boolean
  /** Width of the terminal, characters. */
  readonly columns?: number
}

/** What a command has of the world around it; tests give their own. */
export interface Host {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  /** Who runs this; 0 = root, undefined where there are no such numbers. */
  readonly uid?: number | undefined
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean }
  readonly stdout: HostStream
  readonly stderr: HostStream
}

/** The world of this process. */
export function processHost(): Host {
  return {
    env: process.env,
    cwd: process.cwd(),
    uid: process.getuid?.(),
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
  }
}
