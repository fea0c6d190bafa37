/** Postgres keeps unreadable messages as the memory twin does. */
import assert from "node:assert/strict"
import { createNamespace } from "../../testing/namespace.ts"
import { test } from "../../testing/test.ts"
import { BoxList } from "../fixtures/boxes.ts"
import { unreadableSuite } from "../store/unreadable.suite.ts"
import { postgresStore } from "./store-postgres.ts"

unreadableSuite(async (scope) => {
  const store = postgresStore((await createNamespace()).databaseUrl)
  scope.after(() => store.close())
  await store.claim(BoxList)
  return store
})

test("where no view has run yet, a message can be stepped over, and none is noted", async (t) => {
  const store = postgresStore((await createNamespace()).databaseUrl)
  t.after(() => store.close())
  const place = { context: "boxes", sequence: 2, subject: "evt.boxes.box.1.b-1", base: 1 }
  const skip = { ...place, ancestors: [1], events: 0, reason: "noise", by: "ada", time: Date.now() }
  await store.noteSkipped([skip])
  assert.deepEqual(await store.unreadable(["boxes"], 10), [])
})
