/** Tests of the download of a release, with a made-up release on a local server. */
import assert from "node:assert/strict"
import { createHash } from "node:crypto"
import { appendFile, readFile, stat } from "node:fs/promises"
import { createServer } from "node:http"
import { dirname, join } from "node:path"
import { test } from "../../../testing/test.ts"
import { emptySearch, fakeNats } from "../../../testing/fake-nats.ts"
import { temporaryFolder, type TestScope } from "../../../testing/temporary-folder.ts"
import { exists } from "../cache.ts"
import { runCommand } from "../command.ts"
import { archiveChecksums, releaseVersion } from "./nats-checksums.ts"
import { cachedNats } from "./nats-installed.ts"
import { natsFromRelease } from "./nats-release.ts"
import { freePort, loopback } from "../port.ts"

const name = `nats-server-v${releaseVersion}-linux-amd64`

/** Serves a release; resolves to its address and checksum. */
async function serveRelease(scope: TestScope) {
  const folder = await temporaryFolder(scope)
  await fakeNats(join(folder, name), releaseVersion)
  await runCommand("tar", ["-czf", `${name}.tar.gz`, name], { folder })
  const archive = await readFile(join(folder, `${name}.tar.gz`))
  const checksum = createHash("sha256").update(archive).digest("hex")
  const files: Record<string, string | Uint8Array> = {
    // A checksum from the place of the download proves nothing.
    [`/v${releaseVersion}/SHA256SUMS`]: `${checksum}  ${name}.tar.gz\n`,
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
  return {
    releases: `http://${loopback}:${port}`,
    checksums: { [`${name}.tar.gz`]: checksum },
  }
}

test("a release is downloaded, checked, kept in the cache and found there later", async (t) => {
  const notes: Array<string> = []
  const search = await emptySearch(t, {
    ...await serveRelease(t),
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
  const modes = [result.found.path, dirname(result.found.path), dirname(dirname(later.found.path))]
    .map(async (path) => (await stat(path)).mode & 0o777)
  assert.deepEqual(await Promise.all(modes), [0o700, 0o700, 0o700])
})

test("a copy that has changed in the cache is installed again", async (t) => {
  const search = await emptySearch(t, await serveRelease(t))
  const first = await natsFromRelease(search)
  assert.ok("found" in first)
  const program = await readFile(first.found.path, "utf8")
  await appendFile(first.found.path, "echo changed\n")
  assert.ok("missing" in await cachedNats(search))
  const again = await natsFromRelease(search)
  assert.ok("found" in again, JSON.stringify(again))
  assert.equal(await readFile(again.found.path, "utf8"), program)
})

test("an archive with a wrong checksum is refused, whatever its server says", async (t) => {
  const { releases } = await serveRelease(t)
  const search = await emptySearch(t, { releases })
  assert.deepEqual(await natsFromRelease(search), {
    missing: `the official release: ${name}.tar.gz is not the file that was released`,
  })
  assert.equal(await exists(search.cache), false)
})

test("nothing is downloaded for a machine without a known checksum", async (t) => {
  const machines = [["linux", "riscv64"], ["win32", "x64"], ["freebsd", "arm64"]] as const
  for (const [platform, architecture] of machines) {
    const search = await emptySearch(t, { ...await serveRelease(t), platform, architecture })
    const result = await natsFromRelease(search)
    assert.ok("missing" in result)
    assert.match(
      result.missing,
      /^no checksum is known of nats-server-.*, so it is not downloaded$/,
    )
  }
})

test("each of the four supported machines has a checksum", () => {
  const names = Object.keys(archiveChecksums)
  assert.ok(names.every((each) => each.startsWith(`nats-server-v${releaseVersion}-`)))
  assert.equal(new Set(Object.values(archiveChecksums)).size, 4)
  assert.ok(Object.values(archiveChecksums).every((each) => /^[0-9a-f]{64}$/.test(each)))
})

test("an unreachable server is reported", async (t) => {
  const search = await emptySearch(t, { releases: `http://${loopback}:${await freePort()}` })
  const result = await natsFromRelease(search)
  assert.ok("missing" in result)
  assert.match(result.missing, /could not be reached/)
})
