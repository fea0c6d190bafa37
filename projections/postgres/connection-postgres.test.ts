/** Tests of connections to Postgres that are lost. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { createNamespace } from "../../testing/namespace.ts"
import { connect } from "./connection-postgres.ts"

test("once a connection is lost, no other of the same client is used again", async (t) => {
  const { databaseUrl } = await createNamespace()
  let notice = () => {}
  const noticed = new Promise<void>((resolve) => notice = resolve)
  const sql = connect(databaseUrl, 2, () => notice())
  const other = connect(databaseUrl, 1)
  t.after(() => Promise.all([sql.end(), other.end()]))
  const processes = async () => {
    // At the same time, so that each has a connection of its own.
    const both = [1, 2].map(() => sql`select pg_backend_pid() as pid`)
    return (await Promise.all(both)).map(([row]) => Number(row?.pid)).sort()
  }
  const before = await processes()
  assert.deepEqual(await processes(), before)
  await other`select pg_terminate_backend(${before[0] ?? 0})`
  await noticed
  const after = await processes()
  assert.deepEqual(after.filter((pid) => before.includes(pid)), [])
})
