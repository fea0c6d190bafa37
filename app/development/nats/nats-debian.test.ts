/** Tests of the Debian package, fetched from an archive in a folder of this machine. */
import assert from "node:assert/strict"
import { createHash } from "node:crypto"
import { mkdir, readFile, stat, writeFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import { test } from "../../../testing/test.ts"
import { emptySearch, fakeNats } from "../../../testing/fake-nats.ts"
import { temporaryFolder, type TestScope } from "../../../testing/temporary-folder.ts"
import { runCommand } from "../command.ts"
import { debianSuite, natsFromDebian } from "./nats-debian.ts"
import type { NatsSearch } from "./nats-search.ts"

const sha256 = (data: string | Uint8Array) => createHash("sha256").update(data).digest("hex")

/** Makes a package of this version, and an archive whose newer suite has it. */
async function makeArchive(folder: string, version: string, machine: string): Promise<void> {
  const contents = join(folder, "contents")
  const control = `Package: nats-server\nVersion: ${version}\nArchitecture: ${machine}\n` +
    "Maintainer: A Test <test@example.com>\nDescription: a test\n"
  await fakeNats(join(contents, "usr/sbin"), version)
  await mkdir(join(contents, "DEBIAN"))
  await writeFile(join(contents, "DEBIAN/control"), control)
  const archive = join(folder, "nats-server.deb")
  await runCommand("dpkg-deb", ["--build", "--root-owner-group", contents, archive])
  const { size } = await stat(archive)
  const packages = `${control}Filename: nats-server.deb\nSize: ${size}\n` +
    `SHA256: ${sha256(await readFile(archive))}\n`
  const index = `main/binary-${machine}/Packages`
  const release = `Suite: ${debianSuite}\nCodename: ${debianSuite}\nArchitectures: ${machine}\n` +
    `Components: main\nDate: ${new Date().toUTCString()}\n` +
    `SHA256:\n ${sha256(packages)} ${packages.length} ${index}\n`
  const suite = join(folder, "dists", debianSuite)
  await mkdir(dirname(join(suite, index)), { recursive: true })
  await writeFile(join(suite, index), packages)
  await writeFile(join(suite, "Release"), release)
}

const machine = await runCommand("dpkg", ["--print-architecture"])
const skip = machine.exitCode !== 0 && "this machine has no apt"

/** A search on a Debian machine whose main archive has this version. */
async function debianSearch(scope: TestScope, version: string): Promise<NatsSearch> {
  const folder = await temporaryFolder(scope)
  await makeArchive(folder, version, machine.output)
  const search = await emptySearch(scope)
  await mkdir(search.aptFolder)
  await writeFile(
    join(search.aptFolder, "sources.list"),
    `deb [trusted=yes] file:${folder} bookworm main\n`,
  )
  await writeFile(search.osRelease, "ID=debian\nVERSION_CODENAME=bookworm\n")
  return search
}

test(
  "the package is fetched and unpacked, and its program is kept in the cache",
  { skip },
  async (t) => {
    const search = await debianSearch(t, "2.15.1")
    const result = await natsFromDebian(search)
    assert.ok("found" in result, JSON.stringify(result))
    assert.equal(result.found.version, "2.15.1")
    assert.equal(result.found.source, "the package of Debian forky")
    assert.ok(result.found.path.startsWith(search.cache))
  },
)

test("a package that is too old is not kept", { skip }, async (t) => {
  const search = await debianSearch(t, "2.9.10")
  const result = await natsFromDebian(search)
  assert.ok("missing" in result)
  assert.match(result.missing, /too old \(2\.9\.10\)/)
})

test("an unreadable archive is reported", { skip }, async (t) => {
  const search = await debianSearch(t, "2.15.1")
  const source = "deb [trusted=yes] file:/nowhere bookworm main\n"
  await writeFile(join(search.aptFolder, "sources.list"), source)
  const result = await natsFromDebian(search)
  assert.ok("missing" in result)
  assert.match(result.missing, /^Debian forky: apt-get could not fetch the package \(.+\)$/)
})

test("nothing is fetched on other systems", async (t) => {
  const search = await emptySearch(t)
  assert.deepEqual(await natsFromDebian(search), { missing: "not a Debian system" })
  await writeFile(search.osRelease, 'ID=alpine\nVERSION_CODENAME="x"\n')
  assert.deepEqual(await natsFromDebian(search), { missing: "not a Debian system" })
})
