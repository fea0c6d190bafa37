/** Tests of a primary that becomes a standby while it is used: its rows may be old from then on. */
import assert from "node:assert/strict"
import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { ownPostgres } from "../../testing/own-servers.ts"
import { test } from "../../testing/test.ts"
import { BoxList } from "../fixtures/boxes.ts"
import { box, roundTrip, rowOf, saveNext } from "../fixtures/stored.ts"
import { learn } from "./connection-postgres.ts"
import { postgresStore } from "./store-postgres.ts"

test("a server that has become a standby is unavailable, and its rows are not shown", async (t) => {
  const server = await ownPostgres(t, { settings: { fsync: "off" } })
  const store = postgresStore(server.url)
  t.after(() => store.close())
  await roundTrip(store, BoxList, box("a", 1))
  assert.deepEqual(await rowOf(store, BoxList, "a"), box("a", 1))
  await server.stop()
  await writeFile(join(server.dataFolder, "standby.signal"), "")
  await server.restart()
  assert.equal((await learn(server.url)).isStandby, true)
  const unavailable = { _tag: "Unavailable" }
  await assert.rejects(rowOf(store, BoxList, "a"), unavailable)
  await assert.rejects(saveNext(store, BoxList, {}), unavailable)
})
