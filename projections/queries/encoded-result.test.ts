/** Sums that are larger than a number holds exactly are told as they are, or refused by name. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { Schema } from "effect"
import { Query, schemaCodec, TooLarge } from "../../contracts/internal.ts"
import { createNamespace } from "../../testing/namespace.ts"
import { BoxList } from "../fixtures/boxes.ts"
import { box, saveNext } from "../fixtures/stored.ts"
import { postgresStore } from "../postgres/store-postgres.ts"
import { exactNumber } from "../postgres/sql-types.ts"
import { QueryHandler } from "../query-handler.ts"
import { encodedResult } from "./encoded-result.ts"

const MOST = Number.MAX_SAFE_INTEGER
const HUGE = 2n * BigInt(MOST)

const encoded = (schema: Schema.Codec<unknown, unknown>, result: unknown) =>
  encodedResult("boxes.sums", schemaCodec(schema, "the result") as never, result)

test("a whole number is a bigint only where a number would be another one", () => {
  for (const text of ["0", "-17", String(MOST), "0.25", "-1e3", "NaN", "Infinity"]) {
    assert.ok(Object.is(exactNumber(text), Number(text)), text)
  }
  assert.equal(exactNumber("9007199254740992"), 9007199254740992n)
  assert.equal(exactNumber(`-${"9".repeat(40)}`), -BigInt("9".repeat(40)))
})

test("what does not fit is refused with its column, and what may be large is told", () => {
  const row = { name: "a", sum: HUGE }
  const numbers = Schema.Array(Schema.Struct({ name: Schema.String, sum: Schema.Int }))
  assert.throws(() => encoded(numbers, [{ name: "b", sum: 1 }, row]), (error) => {
    assert.ok(error instanceof TooLarge)
    assert.match(error.message, /boxes\.sums cannot be answered: 1\.sum is 18014398509481982, more/)
    return true
  })
  const large = Schema.Array(Schema.Struct({ name: Schema.String, sum: Schema.BigInt }))
  const told = encoded(large, [row, ...Array.from({ length: 50 }, () => ({ name: "b", sum: 3 }))])
  assert.deepEqual((told as unknown[]).slice(0, 2), [
    { name: "a", sum: "18014398509481982" },
    { name: "b", sum: "3" },
  ])
})

test("a result that is wrong otherwise is a bug, and not taken for too large", () => {
  const texts = Schema.Struct({ sum: Schema.String })
  assert.throws(() => encoded(texts, { sum: 3 }), (error) => {
    assert.ok(error instanceof TypeError)
    assert.match(
      error.message,
      /the handler of .* returns a wrong result: .*Expected string at sum/,
    )
    return true
  })
  assert.throws(() => encoded(texts, [1]), TypeError)
})

test("a sum in Postgres is exact, or refused by its name", async (t) => {
  const store = postgresStore((await createNamespace()).databaseUrl)
  t.after(() => store.close())
  await store.claim(BoxList)
  await saveNext(store, BoxList, { upserts: [box("a", MOST), box("b", MOST)] })
  const answer = async (result: Schema.Struct<{ sum: Schema.Codec<unknown, unknown> }>) => {
    const query = Query.define("boxes.sum", { params: {}, result })
    const handler = QueryHandler.define(query, {
      from: [BoxList],
      sql: async (_, { sql, view }) => {
        const [sums] = await sql`select sum(count) as sum from ${view(BoxList)}`
        return sums as never
      },
    })
    const found = await store.answer(handler, {}, [await store.serving(BoxList.name)])
    return encodedResult(query.name, query.result as never, found)
  }
  assert.deepEqual(await answer(Schema.Struct({ sum: Schema.BigInt })), { sum: String(HUGE) })
  await assert.rejects(answer(Schema.Struct({ sum: Schema.Int })), /sum is 18014398509481982/)
})
