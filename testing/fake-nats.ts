/** Programs that only report a version of nats-server, for the tests of the search for one. */
import { chmod, mkdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { buildOnce } from "../app/development/cache.ts"
import { cachedNatsFolder } from "../app/development/nats/nats-installed.ts"
import { type NatsSearch, natsSearch } from "../app/development/nats/nats-search.ts"
import { temporaryFolder, type TestScope } from "./temporary-folder.ts"

/** Writes a `nats-server` that only reports its version into a folder, and answers its path. */
export async function fakeNats(folder: string, version: string): Promise<string> {
  const path = join(folder, "nats-server")
  await mkdir(folder, { recursive: true })
  await writeFile(path, `#!/bin/sh\necho "nats-server: v${version}"\n`)
  await chmod(path, 0o755)
  return path
}

/** Puts one into the cache of a search, as an installation does, and answers its folder. */
export async function cachedFakeNats(search: NatsSearch, version: string): Promise<string> {
  const folder = cachedNatsFolder(search, version)
  await buildOnce(folder, async (draft) => void await fakeNats(draft, version))
  return folder
}

/** A search on a machine that has nothing, apart from what is given. */
export async function emptySearch(
  scope: TestScope,
  changes: Partial<NatsSearch> = {},
): Promise<NatsSearch> {
  const folder = await temporaryFolder(scope)
  return natsSearch({
    environment: {},
    cache: join(folder, "cache"),
    platform: "linux",
    architecture: "x64",
    // Nobody listens on this port, so a download fails at once.
    releases: "http://127.0.0.1:9",
    aptFolder: join(folder, "apt"),
    osRelease: join(folder, "os-release"),
    ...changes,
  })
}
