/** Tests of the download of a release, against a server on this machine that has a made-up one. */
import assert from "node:assert/strict"
import { createHash } from "node:crypto"
import { readFile } from "node:fs/promises"
import { createServer } from "node:http"
import { join } from "node:path"
import { test } from "node:test"
import { emptySearch, fakeNats } from "../../../testing/fake-nats.ts"
import { temporaryFolder, type TestScope } from "../../../testing/temporary-folder.ts"
import { exists } from "../cache.ts"
import { runCommand } from "../command.ts"
import { cachedNats } from "./nats-installed.ts"
import { natsFromRelease, releaseVersion } from "./nats-release.ts"
import { freePort, loopback } from "../port.ts"

const name = `nats-server-v${releaseVersion}-linux-amd64`

/** Serves a release whose SHA256SUMS has this checksum of the archive, or the right one. */
async function serveRelease(scope: TestScope, checksum?: string): Promise<string> {
  const folder = await temporaryFolder(scope)
  await fakeNats(join(folder, name), releaseVersion)
  await runCommand("tar", ["-czf", `${name}.tar.gz`, name], { folder })
  const archive = await readFile(join(folder, `${name}.tar.gz`))
  const actual = createHash("sha256").update(archive).digest("hex")
  const files: Record<string, string | Uint8Array> = {
    [`/v${releaseVersion}/SHA256SUMS`]: `${"0".repeat(64)}  other.zip\n${checksum ?? actual}  ` +
      `${name}.tar.gz\n`,
    [`/v${releaseVersion}/${name}.tar.gz`]: archive,
  }
  const server = createServer((request, response) => {
    const file = files[request.url ?? ""]
    response.writeHead(file === undefined ? 404 : 200).end(file)
  })
  const port = await freePort()
  await new Promise<void>((resolve) => server.listen(port, loopback, resolve))
  scope.after(() =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  )
  return `http://${loopback}:${port}`
}

test("a release is downloaded, checked, kept in the cache and found there later", async (t) => {
  const notes: Array<string> = []
  const search = await emptySearch(t, {
    releases: await serveRelease(t),
    note: (text) => notes.push(text),
  })
  const result = await natsFromRelease(search)
  assert.ok("found" in result, JSON.stringify(result))
  assert.equal(result.found.version, releaseVersion)
  assert.equal(result.found.source, "the official release")
  assert.deepEqual(notes, [`downloading nats-server ${releaseVersion}`])
  const later = await cachedNats(search)
  assert.ok("found" in later)
  assert.equal(later.found.path, result.found.path)
})

test("an archive with another checksum is refused and not kept", async (t) => {
  const search = await emptySearch(t, { releases: await serveRelease(t, "f".repeat(64)) })
  assert.deepEqual(await natsFromRelease(search), {
    missing: `the official release: ${name}.tar.gz does not have the checksum in SHA256SUMS`,
  })
  assert.equal(await exists(search.cache), false)
})

test("a release that does not list this machine's archive is told", async (t) => {
  const search = await emptySearch(t, { releases: await serveRelease(t), architecture: "arm64" })
  const result = await natsFromRelease(search)
  assert.ok("missing" in result)
  assert.match(result.missing, /SHA256SUMS does not list nats-server-.*-linux-arm64\.tar\.gz/)
})

test("a server that cannot be reached is told", async (t) => {
  const search = await emptySearch(t, { releases: `http://${loopback}:${await freePort()}` })
  const result = await natsFromRelease(search)
  assert.ok("missing" in result)
  assert.match(result.missing, /could not be reached/)
})

test("there is no release for every machine", async (t) => {
  const search = await emptySearch(t, { platform: "win32" })
  assert.deepEqual(await natsFromRelease(search), { missing: "no release for win32 on x64" })
})
