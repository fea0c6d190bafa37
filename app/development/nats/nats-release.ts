/** The official nats-server release for this machine, checked against a known checksum. */
import type { Buffer } from "node:buffer"
import { createHash } from "node:crypto"
import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { gunzipSync } from "node:zlib"
import { buildOnce } from "../cache.ts"
import { download } from "./download.ts"
import { releaseVersion } from "./nats-checksums.ts"
import { cachedNatsFolder } from "./nats-installed.ts"
import { type NatsSearch, type StepResult, tryNats } from "./nats-search.ts"
import { fileFromTar } from "./tar.ts"
import { messageOf } from "../../../contracts/internal.ts"

const architectures: Readonly<Record<string, string>> = { x64: "amd64", arm64: "arm64" }

const programName = "nats-server"

/** The largest program that is unpacked, in bytes. */
const maxProgramBytes = 256 * 1_048_576

/** Downloads the release for this operating system and processor into the cache. */
export async function natsFromRelease(search: NatsSearch): Promise<StepResult> {
  const architecture = architectures[search.architecture] ?? search.architecture
  const name = `nats-server-v${releaseVersion}-${search.platform}-${architecture}.tar.gz`
  const checksum = search.checksums[name]
  if (checksum === undefined) {
    return { missing: `no checksum is known of ${name}, so it is not downloaded` }
  }
  search.note(`downloading nats-server ${releaseVersion}`)
  try {
    const url = `${search.releases}/v${releaseVersion}/${name}`
    const archive = await download(url, search.signal)
    if (sha256(archive) !== checksum) throw new Error(`${name} is not the file that was released`)
    const program = fileFromTar(
      gunzipSync(archive, { maxOutputLength: maxProgramBytes }),
      programName,
    )
    if (program === undefined) return { missing: `${name} holds no nats-server` }
    const folder = cachedNatsFolder(search, releaseVersion)
    await buildOnce(
      folder,
      (draft) => writeFile(join(draft, programName), program, { mode: 0o700 }),
    )
    return await tryNats(join(folder, programName), "the official release", search.signal)
  } catch (error) {
    return { missing: `the official release: ${messageOf(error)}` }
  }
}

const sha256 = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex")
