/** Tests of what the store reports while Postgres cannot be used, and that it then resumes. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { Schema } from "effect"
import postgres from "postgres"
import { Query } from "../../contracts/internal.ts"
import { createNamespace } from "../../testing/namespace.ts"
import { ownPostgres } from "../../testing/own-servers.ts"
import { BoxList } from "../fixtures/boxes.ts"
import type { Scope } from "../log/feed.suite.ts"
import { postgresStore } from "./store-postgres.ts"
import { QueryHandler } from "../query-handler.ts"
import { box, roundTrip, rowOf, rowsOf, saveNext } from "../fixtures/stored.ts"

const storeAt = (scope: Scope, url: string) => {
  const store = postgresStore(url)
  scope.after(() => store.close())
  return store
}

const unavailable = { _tag: "Unavailable" }

const total = Query.define("boxes.total", {
  params: {},
  result: Schema.Struct({ total: Schema.Int }),
})

test("a Postgres that is down is unavailable, and is used again once it is back", async (t) => {
  const server = await ownPostgres(t, { settings: { fsync: "off" } })
  const store = storeAt(t, server.url)
  await roundTrip(store, BoxList, box("a", 1))
  const sleeping = QueryHandler.define(total, {
    from: [],
    sql: (_, { sql }) => sql`select pg_sleep(60)`,
  })
  const cutOff = assert.rejects(store.answer(sleeping, {}, []), unavailable)
  await rowOf(store, BoxList, "a")
  await server.stop()
  await cutOff
  await assert.rejects(rowsOf(store, BoxList, ["a"]), unavailable)
  await assert.rejects(saveNext(store, BoxList, {}), unavailable)
  await assert.rejects(store.claim(BoxList), unavailable)
  await server.restart()
  const loaded = await rowsOf(store, BoxList, ["a"])
  assert.deepEqual(loaded.get("a"), box("a", 1))
  assert.equal(await saveNext(store, BoxList, { upserts: [box("b", 2)] }), true)
})

test("a Postgres without a connection to spare is unavailable", async (t) => {
  const settings = { max_connections: "4", superuser_reserved_connections: "0", fsync: "off" }
  const server = await ownPostgres(t, { settings })
  const taken = postgres(server.url, { max: 4 })
  await Promise.all([1, 2, 3, 4].map(() => taken`select pg_sleep(0.2)`))
  await assert.rejects(storeAt(t, server.url).claim(BoxList), unavailable)
  await taken.end()
})

test("a store that was closed is unavailable", async (t) => {
  const store = storeAt(t, (await createNamespace()).databaseUrl)
  await store.claim(BoxList)
  await store.close()
  await assert.rejects(store.serving(BoxList.name), unavailable)
})
