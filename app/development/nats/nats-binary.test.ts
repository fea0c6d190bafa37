/** Tests of the whole search: its order, and its message when it finds nothing. */
import assert from "node:assert/strict"
import { join } from "node:path"
import { test } from "../../../testing/test.ts"
import { cachedFakeNats, emptySearch, fakeNats } from "../../../testing/fake-nats.ts"
import { temporaryFolder } from "../../../testing/temporary-folder.ts"
import { findNats } from "./nats-binary.ts"

test("a named program comes before PATH, and PATH comes before the cache", async (t) => {
  const folder = await temporaryFolder(t)
  const named = await fakeNats(join(folder, "named"), "2.14.1")
  await fakeNats(join(folder, "path"), "2.14.2")
  const search = await emptySearch(t)
  await cachedFakeNats(search, "2.14.3")
  const PATH = join(folder, "path")
  const sourceOf = async (environment: Record<string, string>) =>
    (await findNats({ ...search, environment })).source
  assert.equal(await sourceOf({ NATS_SERVER_BIN: named, PATH }), "NATS_SERVER_BIN")
  assert.equal(await sourceOf({ PATH }), "PATH")
  assert.equal(await sourceOf({}), "a cached copy")
})

test("a nats-server on PATH that is too old does not end the search", async (t) => {
  const PATH = join(await fakeNats(await temporaryFolder(t), "2.9.10"), "..")
  const search = await emptySearch(t, { environment: { PATH } })
  await cachedFakeNats(search, "2.15.1")
  assert.equal((await findNats(search)).source, "a cached copy")
})

test("without any nats-server, one sentence says what was tried and what to do", async (t) => {
  const search = await emptySearch(t)
  await assert.rejects(findNats(search), {
    name: "ServerError",
    message: "no nats-server of version 2.14 or newer was found (NATS_SERVER_BIN is not set; " +
      "none on PATH; none in the cache; the official release: 127.0.0.1:9 could not be reached; " +
      "not a Debian system): install one (brew install nats-server), run everything in " +
      "containers (docker compose up), or set NATS_URL to the address of one that is running",
  })
})
