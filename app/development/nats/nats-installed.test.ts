/** Tests of the programs on the machine: named, on PATH, or in the cache. */
import assert from "node:assert/strict"
import { appendFile, chmod } from "node:fs/promises"
import { join } from "node:path"
import process from "node:process"
import { test } from "../../../testing/test.ts"
import { cachedFakeNats, emptySearch, fakeNats } from "../../../testing/fake-nats.ts"
import { temporaryFolder } from "../../../testing/temporary-folder.ts"
import { cachedNats, cachedNatsFolder, namedNats, natsOnPath } from "./nats-installed.ts"

test("the program that NATS_SERVER_BIN names is used", async (t) => {
  const path = await fakeNats(await temporaryFolder(t), "2.14.0")
  const search = await emptySearch(t, { environment: { NATS_SERVER_BIN: path } })
  assert.deepEqual(await namedNats(search), {
    found: { path, version: "2.14.0", source: "NATS_SERVER_BIN" },
  })
})

test("a named program that cannot be used is an error, not a reason to look further", async (t) => {
  const search = await emptySearch(t, { environment: { NATS_SERVER_BIN: "/nowhere/nats" } })
  await assert.rejects(namedNats(search), {
    name: "ServerError",
    message: "NATS_SERVER_BIN cannot be used: /nowhere/nats does not run here; " +
      "name a nats-server of version 2.14 or newer, or leave it out",
  })
})

test("the first nats-server on PATH is used", async (t) => {
  const path = await fakeNats(await temporaryFolder(t), "2.15.0")
  const search = await emptySearch(t, { environment: { PATH: `/nowhere:${join(path, "..")}` } })
  assert.deepEqual(await natsOnPath(search), {
    found: { path, version: "2.15.0", source: "PATH" },
  })
})

test("a nats-server on PATH that is too old is not used", async (t) => {
  const path = await fakeNats(await temporaryFolder(t), "2.9.10")
  const search = await emptySearch(t, { environment: { PATH: join(path, "..") } })
  assert.deepEqual(await natsOnPath(search), { missing: `${path} is too old (2.9.10)` })
})

test("without PATH no nats-server is found on it", async (t) => {
  assert.deepEqual(await natsOnPath(await emptySearch(t)), { missing: "none on PATH" })
})

test("the newest cached copy for this machine is used", async (t) => {
  const search = await emptySearch(t)
  assert.deepEqual(await cachedNats(search), { missing: "none in the cache" })
  for (const version of ["2.15.9", "2.15.10"]) {
    await cachedFakeNats(search, version)
  }
  await cachedFakeNats({ ...search, architecture: "arm64" }, "2.16.0")
  const result = await cachedNats(search)
  assert.ok("found" in result)
  assert.equal(result.found.version, "2.15.10")
  assert.equal(result.found.source, "a cached copy")
})

test("a cached copy that has changed is not used, and is reported", async (t) => {
  const search = await emptySearch(t)
  await cachedFakeNats(search, "2.15.9")
  const changed = await cachedFakeNats(search, "2.15.10")
  await appendFile(join(changed, "nats-server"), "echo changed\n")
  const result = await cachedNats(search)
  assert.ok("found" in result)
  assert.equal(result.found.version, "2.15.9")
  await appendFile(join(cachedNatsFolder(search, "2.15.9"), "nats-server"), "\n")
  const none = await cachedNats(search)
  assert.ok("missing" in none)
  assert.match(none.missing, /2\.15\.10-linux-x64 is not as it was installed, .*2\.15\.9-/)
})

test("a copy without a seal, or that other users can change, is not used", async (t) => {
  const search = await emptySearch(t)
  await fakeNats(cachedNatsFolder(search, "2.15.1"), "2.15.1")
  const unsealed = await cachedNats(search)
  assert.ok("missing" in unsealed)
  assert.match(unsealed.missing, /2\.15\.1-linux-x64 has no seal/)
  const folder = await cachedFakeNats(search, "2.15.2")
  assert.ok("found" in await cachedNats(search))
  for (const open of [folder, join(folder, ".."), search.cache]) {
    await chmod(open, 0o777)
    const result = await cachedNats(search)
    assert.ok("missing" in result)
    assert.match(result.missing, /can be changed by other users: remove it/)
    await chmod(open, 0o700)
  }
  assert.ok("found" in await cachedNats(search))
})

test("empty or relative parts of PATH are ignored", async (t) => {
  const folder = await temporaryFolder(t)
  await fakeNats(folder, "2.15.0")
  await fakeNats(join(folder, "bin"), "2.15.0")
  const before = process.cwd()
  process.chdir(folder)
  t.after(async () => process.chdir(before))
  for (const PATH of ["", ":", "/nowhere:", ":/nowhere", ".", "bin", "./bin:/nowhere"]) {
    const search = await emptySearch(t, { environment: { PATH } })
    assert.deepEqual(await natsOnPath(search), { missing: "none on PATH" }, `PATH=${PATH}`)
  }
})
