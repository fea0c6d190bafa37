/** The official nats-server release for this machine, downloaded and checked by its checksum. */
import type { Buffer } from "node:buffer"
import { createHash } from "node:crypto"
import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { gunzipSync } from "node:zlib"
import { buildOnce } from "../cache.ts"
import { download } from "./download.ts"
import { cachedNatsFolder } from "./nats-installed.ts"
import { type NatsSearch, type StepResult, tryNats } from "./nats-search.ts"
import { messageOf } from "../server-error.ts"
import { fileFromTar } from "./tar.ts"

/** The release that is downloaded. */
export const releaseVersion = "2.15.1"

const architectures: Readonly<Record<string, string>> = { x64: "amd64", arm64: "arm64" }

/** Downloads the release for this operating system and processor into the cache. */
export async function natsFromRelease(search: NatsSearch): Promise<StepResult> {
  const architecture = architectures[search.architecture]
  if (!["linux", "darwin"].includes(search.platform) || architecture === undefined) {
    return { missing: `no release for ${search.platform} on ${search.architecture}` }
  }
  search.note(`downloading nats-server ${releaseVersion}`)
  try {
    const name = `nats-server-v${releaseVersion}-${search.platform}-${architecture}.tar.gz`
    const archive = await checkedArchive(search, name)
    const program = fileFromTar(gunzipSync(archive), "nats-server")
    if (program === undefined) return { missing: `${name} holds no nats-server` }
    const folder = cachedNatsFolder(search, releaseVersion)
    await buildOnce(
      folder,
      (draft) => writeFile(join(draft, "nats-server"), program, { mode: 0o755 }),
    )
    return await tryNats(join(folder, "nats-server"), "the official release", search.signal)
  } catch (error) {
    return { missing: `the official release: ${messageOf(error)}` }
  }
}

async function checkedArchive(search: NatsSearch, name: string): Promise<Buffer> {
  const folder = `${search.releases}/v${releaseVersion}`
  const sums = await download(`${folder}/SHA256SUMS`, search.signal)
  const line = sums.toString("utf8").split("\n").find((each) => each.trim().endsWith(` ${name}`))
  const wanted = line?.trim().split(/\s+/)[0]?.toLowerCase()
  if (wanted === undefined) throw new Error(`SHA256SUMS does not list ${name}`)
  const archive = await download(`${folder}/${name}`, search.signal)
  const actual = createHash("sha256").update(archive).digest("hex")
  if (actual !== wanted) throw new Error(`${name} does not have the checksum in SHA256SUMS`)
  return archive
}
