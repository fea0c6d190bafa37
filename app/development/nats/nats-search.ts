/** The search for a nats-server program: where it may look, and what one step of it answers. */
import process from "node:process"
import { cacheFolder, type Environment } from "../cache.ts"
import { runCommand } from "../command.ts"
import { archiveChecksums } from "./nats-checksums.ts"

/** The oldest nats-server that Leftfold runs on (2.14 brought what the commit format needs). */
const oldestVersion = "2.14.0"

/** A nats-server program that was found. */
export interface NatsBinary {
  readonly path: string
  /** Such as `2.15.1`. */
  readonly version: string
  /** Where it came from, to be shown: `PATH`, `a cached copy`, … */
  readonly source: string
}

/** What a step answers: the program, or in a few words why it was not found. */
export type StepResult = { readonly found: NatsBinary } | { readonly missing: string }

/** Where the search may look: all of it is the real machine's unless a test says otherwise. */
export interface NatsSearch {
  readonly environment: Environment
  readonly cache: string
  readonly platform: string
  readonly architecture: string
  /** Where releases are downloaded from: `<releases>/v<version>/<file>`. */
  readonly releases: string
  /** The SHA-256 of the archives that may be taken from there, by their names. */
  readonly checksums: Readonly<Record<string, string>>
  /** The folder of apt's own settings. */
  readonly aptFolder: string
  /** The file that names the Linux distribution. */
  readonly osRelease: string
  /** Is told what takes long, such as a download. */
  readonly note: (text: string) => void
  /** Ends the search when it is aborted. */
  readonly signal?: AbortSignal | undefined
}

/** The search on this machine, changed by what is given. */
export const natsSearch = (changes: Partial<NatsSearch> = {}): NatsSearch => ({
  environment: process.env,
  cache: cacheFolder(changes.environment ?? process.env, process.getuid?.()),
  platform: process.platform,
  architecture: process.arch,
  releases: "https://github.com/nats-io/nats-server/releases/download",
  checksums: archiveChecksums,
  aptFolder: "/etc/apt",
  osRelease: "/etc/os-release",
  note: () => {},
  ...changes,
})

/** Asks a program for its version and answers it, or why it cannot be used. */
export async function tryNats(
  path: string,
  source: string,
  signal?: AbortSignal,
): Promise<StepResult> {
  const { exitCode, output } = await runCommand(path, ["-v"], { timeoutMs: 10_000, signal })
  const version = /nats-server: v(\d+\.\d+\.\d+)/.exec(output)?.[1]
  if (exitCode !== 0 || version === undefined) return { missing: `${path} does not run here` }
  if (!isAtLeast(version, oldestVersion)) return { missing: `${path} is too old (${version})` }
  return { found: { path, version, source } }
}

/** Whether a version such as `2.15.1` is the same as another or newer. */
export function isAtLeast(version: string, other: string): boolean {
  return version.localeCompare(other, "en", { numeric: true }) >= 0
}
