/** Sums that are larger than a number holds exactly are told as they are, or refused by name. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { Schema } from "effect"
import { Query, schemaCodec, TooLarge } from "../../contracts/internal.ts"
import { createNamespace } from "../../testing/namespace.ts"
import { BoxList } from "../fixtures/boxes.ts"
import { box, saveNext } from "../fixtures/stored.ts"
import { postgresStore } from "../postgres/store-postgres.ts"
import { exactNumber, isQuotient } from "../exact-number.ts"
import { QueryHandler } from "../query-handler.ts"
import type { SqlTools } from "../query-tools.ts"
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

test("a decimal keeps its digits, and an average is a number", async (t) => {
  const store = postgresStore((await createNamespace()).databaseUrl)
  t.after(() => store.close())
  await store.claim(BoxList)
  const serving = [await store.serving(BoxList.name)]
  const answer = async (text: string, schema: Schema.Codec<unknown, unknown>) => {
    const query = Query.define("boxes.value", { params: {}, result: Schema.Struct({ a: schema }) })
    const template = Object.assign([`select ${text} as a`], { raw: [`select ${text} as a`] })
    const sql = async (_: object, tools: SqlTools) => (await tools.sql(template))[0]
    const handler = QueryHandler.define(query as never, { from: [BoxList], sql })
    const found = await store.answer(handler, {}, serving)
    return (encodedResult(query.name, query.result as never, found) as { a: unknown }).a
  }
  const money = "(12345678901234567.89::numeric + 0.10)"
  assert.equal(await answer(money, Schema.BigDecimal), "12345678901234567.99")
  await assert.rejects(answer(money, Schema.Number), /a is 12345678901234567\.99, more than a/)
  await assert.rejects(answer("90071992547409.915::numeric", Schema.Number), TooLarge)
  assert.equal(await answer(`${money}::float8`, Schema.Number), 12345678901234568)
  assert.equal(await answer("2.5::numeric", Schema.BigDecimal), "2.5")
  assert.equal(await answer("1.1::numeric", Schema.Number), 1.1)
  const inJson = "json_build_object('sum', 9007199254740993::bigint)"
  const Sum = Schema.Struct({ sum: Schema.BigInt })
  assert.deepEqual(await answer(inJson, Sum), { sum: "9007199254740993" })
  await assert.rejects(answer(inJson, Schema.Struct({ sum: Schema.Number })), TooLarge)
  for (const number of ["1", "2", "5", "7", "77", "10000", "99999", "1e10", "1e15", "0.00007"]) {
    const quotient = `${number}::numeric / 3`
    assert.equal(await answer(quotient, Schema.Number), Number(number) / 3, quotient)
    const text = await answer(`(${quotient})::text`, Schema.String)
    const value = exactNumber(String(text))
    assert.ok(typeof value === "number" || typeof value === "object" && isQuotient(value), quotient)
  }
})
