/** Tests that this program takes over the tables that an earlier program has made. */
import { postgresStore } from "./store-postgres.ts"
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { Schema } from "effect"
import { createNamespace } from "../../testing/namespace.ts"
import { connect } from "./connection-postgres.ts"
import type { Scope } from "../log/feed.suite.ts"
import { saveNext, viewOf } from "../fixtures/stored.ts"

const narrow = viewOf("boxes.view", { id: Schema.String })

const opened = async (scope: Scope) => {
  const { databaseUrl } = await createNamespace()
  const store = postgresStore(databaseUrl)
  const sql = connect(databaseUrl, 1)
  scope.after(async () => {
    await Promise.all([store.close(), sql.end()])
  })
  return { store, sql }
}

test("what an earlier program has parked is taken over, with room for longer keys", async (t) => {
  const { store, sql } = await opened(t)
  await store.claim(narrow)
  await sql.unsafe(`drop table leftfold.parked;
    create table leftfold.parked (
      number bigint generated always as identity, projection text not null,
      generation integer not null, key text not null, context text not null,
      sequence bigint not null, index integer not null, type text not null, actor text not null,
      error text, parked_at timestamptz not null,
      primary key (projection, generation, key, context, sequence, index),
      foreign key (projection, generation) references leftfold.generation on delete cascade)`)
  await sql`insert into leftfold.parked (projection, generation, key, context, sequence, index,
      type, actor, error, parked_at)
    select ${narrow.name}, 1, 'k-' || n % 2, 'boxes', n, 0, 'Put', 'boxes.box/a', 'why', now()
    from generate_series(1, 4) as n`
  await assert.rejects(store.serving(narrow.name), /made by an older version/)
  await store.claim(narrow)
  await store.claim(narrow)
  const serving = await store.serving(narrow.name)
  assert.deepEqual([serving.parkedKeys, serving.parkedEvents], [2, 4])
  const sequences = (await store.parked(serving, "k-1")).map(({ sequence }) => sequence)
  assert.deepEqual(sequences, [1, 3])
  const { parked } = await store.load(serving, ["k-0", "k-2"])
  assert.deepEqual([...parked].map(([key, { sequence }]) => [key, sequence]), [["k-0", 2]])
  const key = Array.from({ length: 2_000 }, () => crypto.randomUUID()).join("")
  const event = { ...(await store.parked(serving, "k-1"))[0]!, key }
  assert.equal(await saveNext(store, narrow, { parked: [event, event] }), true)
  assert.deepEqual(await store.parked(serving, key), [event])
})
