/** The search for a nats-server program: where it looks, and the result of one step. */
import process from "node:process"
import { cacheFolder, type Environment } from "../cache.ts"
import { runCommand } from "../command.ts"
import { archiveChecksums } from "./nats-checksums.ts"

/** The oldest nats-server that Leftfold runs on: the commit format needs a feature of 2.14. */
const oldestVersion = "2.14.0"

/** A nats-server program that the search has found. */
export interface NatsBinary {
  readonly path: string
  /** Its version, such as `2.15.1`. */
  readonly version: string
  /** Where it comes from, to show to a person: `PATH`, `a cached copy`, … */
  readonly source: string
}

/** The result of a step: the program, or a few words on why it was not found. */
export type StepResult = { readonly found: NatsBinary } | { readonly missing: string }

/** Where the search looks. The defaults are those of this machine; tests give others. */
export interface NatsSearch {
  readonly environment: Environment
  readonly cache: string
  readonly platform: string
  readonly architecture: string
  /** The address to download releases from: `<releases>/v<version>/<file>`. */
  readonly releases: string
  /** The SHA-256 of each archive that may be downloaded, by name. */
  readonly checksums: Readonly<Record<string, string>>
  /** The folder of apt's own settings. */
  readonly aptFolder: string
  /** The file that names the Linux distribution. */
  readonly osRelease: string
  /** Receives a line about anything that takes long, such as a download. */
  readonly note: (text: string) => void
  /** Ends the search when it aborts. */
  readonly signal?: AbortSignal | undefined
}

/** The search on this machine, with the given changes. */
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

/** Asks a program for its version. Resolves to the program, or to why it cannot be used. */
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
