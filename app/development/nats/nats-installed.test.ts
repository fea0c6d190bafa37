/** Tests of the programs on the machine: the named one, the one on PATH, the cached ones. */
import assert from "node:assert/strict"
import { join } from "node:path"
import { test } from "node:test"
import { emptySearch, fakeNats } from "../../../testing/fake-nats.ts"
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

test("a nats-server on PATH that is too old is passed over", async (t) => {
  const path = await fakeNats(await temporaryFolder(t), "2.9.10")
  const search = await emptySearch(t, { environment: { PATH: join(path, "..") } })
  assert.deepEqual(await natsOnPath(search), { missing: `${path} is too old (2.9.10)` })
})

test("without PATH there is none on it", async (t) => {
  assert.deepEqual(await natsOnPath(await emptySearch(t)), { missing: "none on PATH" })
})

test("of the cached copies for this machine the newest is used", async (t) => {
  const search = await emptySearch(t)
  assert.deepEqual(await cachedNats(search), { missing: "none in the cache" })
  for (const version of ["2.15.9", "2.15.10"]) {
    await fakeNats(cachedNatsFolder(search, version), version)
  }
  await fakeNats(cachedNatsFolder({ ...search, architecture: "arm64" }, "2.16.0"), "2.16.0")
  const result = await cachedNats(search)
  assert.ok("found" in result)
  assert.equal(result.found.version, "2.15.10")
  assert.equal(result.found.source, "a cached copy")
})
