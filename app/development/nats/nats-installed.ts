/** The nats-server programs that the machine already has: named, on `PATH`, or cached. */
import { readdir } from "node:fs/promises"
import { join, resolve } from "node:path"
import { exists } from "../cache.ts"
import { isAtLeast, type NatsSearch, type StepResult, tryNats } from "./nats-search.ts"
import { foldersOnPath } from "../path-folders.ts"
import { flawOf } from "../seal.ts"
import { ServerError } from "../server-error.ts"

/**
 * The program that `NATS_SERVER_BIN` names. Throws a `ServerError` when it cannot be used: a person
 * who names a program wants no other.
 */
export async function namedNats(search: NatsSearch): Promise<StepResult> {
  const path = search.environment.NATS_SERVER_BIN
  if (!path) return { missing: "NATS_SERVER_BIN is not set" }
  const result = await tryNats(resolve(path), "NATS_SERVER_BIN", search.signal)
  if ("found" in result) return result
  throw new ServerError(
    `NATS_SERVER_BIN cannot be used: ${result.missing}; ` +
      "name a nats-server of version 2.14 or newer, or leave it out",
  )
}

/** The first nats-server on `PATH`, if it is new enough. */
export async function natsOnPath(search: NatsSearch): Promise<StepResult> {
  for (const folder of foldersOnPath(search.environment.PATH)) {
    const path = join(folder, "nats-server")
    if (await exists(path)) return await tryNats(path, "PATH", search.signal)
  }
  return { missing: "none on PATH" }
}

/** The cache folder of a version's program, for this operating system and processor. */
export const cachedNatsFolder = (search: NatsSearch, version: string): string =>
  join(search.cache, "nats-server", `${version}-${search.platform}-${search.architecture}`)

/**
 * The newest copy that an earlier run has left in the cache. A copy that has changed since is never
 * run.
 */
export async function cachedNats(search: NatsSearch): Promise<StepResult> {
  const names = await readdir(join(search.cache, "nats-server")).catch(() => [])
  const suffix = `-${search.platform}-${search.architecture}`
  const versions = names.filter((name) => name.endsWith(suffix))
    .map((name) => name.slice(0, -suffix.length))
    .sort((one, other) => isAtLeast(one, other) ? -1 : 1)
  const flaws: Array<string> = []
  for (const version of versions) {
    const folder = cachedNatsFolder(search, version)
    const flaw = await flawOf(folder)
    if (flaw !== undefined) {
      flaws.push(flaw)
      search.note(`${flaw}, so it is not run`)
      continue
    }
    const result = await tryNats(join(folder, "nats-server"), "a cached copy", search.signal)
    if ("found" in result) return result
  }
  return { missing: ["none in the cache", ...flaws].join(", ") }
}
