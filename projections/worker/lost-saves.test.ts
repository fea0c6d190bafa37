/** Tests of a Postgres that has lost saves: a worker that remembers them can no longer save. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { Schema } from "effect"
import postgres from "postgres"
import { createNamespace } from "../../testing/namespace.ts"
import type { GenerationStatus } from "../store/generation.ts"
import { postgresStore } from "../postgres/store-postgres.ts"
import type { Store } from "../store/store.ts"
import { Putting } from "../fixtures/raw.ts"
import { changing, saveNext, viewOf } from "../fixtures/stored.ts"

const narrow = viewOf("boxes.view", { id: Schema.String })

/** How to move the lane of the only generation of `narrow` or of `Putting`. */
const moves = {
  save: (store: Store) => saveNext(store, narrow, { upserts: [{ id: "b" }] }),
  "raw batch": async (store: Store) => {
    const generation = await store.serving(Putting.name)
    await store.saveRaw(generation, () => Promise.resolve(), generation.lanes[0]!, reached(1))
  },
  hold: async (store: Store) => {
    const nothing = { upserts: [], deletes: [], parked: [], unparked: [], discarded: [] }
    await store.hold(await store.serving(narrow.name), undefined, () => Promise.resolve(nothing))
  },
  "change of lanes": async (store: Store) => {
    await store.claim({ ...narrow, lanes: 2 })
    await store.claim(narrow)
  },
}

const reached = (boxes: number) => ({ positions: { boxes }, created: {}, ahead: [] })

for (const [what, move] of Object.entries(moves)) {
  test(`no ${what} comes to a revision that Postgres has had and lost`, async (t) => {
    const { databaseUrl: url } = await createNamespace()
    const sql = postgres(url, { max: 1, onnotice: () => {} })
    t.after(() => sql.end())
    const store = postgresStore(url)
    t.after(() => store.close())
    const view = what === "raw batch" ? Putting : narrow
    await store.claim(view)
    const before = await store.serving(view.name)
    const stalled: GenerationStatus[] = []
    for (let times = 0; times < 4; times++) {
      await move(store)
      stalled.push(await store.serving(view.name))
    }
    // As after a crash, or after a standby that was behind has taken over.
    await sql`update leftfold.lane set revision = ${before.lanes[0]!.revision}, positions = '{}'`
    for (let times = 0; times < 8; times++) {
      await move(store)
      const now = await store.serving(view.name)
      for (const { lanes: [lane] } of stalled) {
        const saved = view === narrow
          ? await store.save(now, changing({ upserts: [{ id: "stale" }] }), lane!, reached(9))
          : await store.saveRaw(now, () => Promise.resolve(), lane!, reached(9))
        assert.ok(!saved)
      }
      assert.deepEqual(await store.serving(view.name), now)
    }
  })
}
