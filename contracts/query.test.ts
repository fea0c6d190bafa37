/** Tests of queries: what can be defined, and how parameters and results are checked. */
import assert from "node:assert/strict"
import { test } from "../testing/test.ts"
import { Schema } from "effect"
import { Invalid } from "./errors.ts"
import { type ParamsOf, Query, type ResultOf } from "./query.ts"

const Page = Query.define("orders.page-of-orders", {
  params: { customer: Schema.String, limit: Schema.optionalKey(Schema.FiniteFromString) },
  result: Schema.Array(Schema.Struct({ id: Schema.String, at: Schema.Date })),
})

test("a query knows its context and its own name", () => {
  const { name, context, local } = Page
  assert.deepEqual([name, context, local], [
    "orders.page-of-orders",
    "orders",
    "page-of-orders",
  ])
})

test("names that cannot be subjects are refused", () => {
  for (const name of ["orders", "a.b.c", "a.B", "a b.c", "", "leftfold.x"]) {
    const define = () => Query.define(name, { params: {}, result: Schema.Int })
    assert.throws(define, TypeError, name)
  }
})

test("parameters that come as text are decoded", () => {
  const params: ParamsOf<typeof Page> = Page.params.decode({ customer: "ada", limit: "10" })
  assert.deepEqual(params, { customer: "ada", limit: 10 })
  assert.deepEqual(Page.params.encode(params), { customer: "ada", limit: "10" })
  const misspelt = { customer: "ada", limit: "10", custmer: "y" }
  assert.throws(() => Page.params.decode(misspelt), /did you mean "customer"\?/)
})

test("parameters that are missing or wrong are named", () => {
  assert.throws(() => Page.params.decode({ limit: "many" }), (error) => {
    assert.ok(error instanceof Invalid)
    assert.match(error.message, /a parameter of orders.page-of-orders is not valid/)
    assert.deepEqual(error.issues?.map(({ path }) => path), ["customer", "limit"])
    return true
  })
})

test("a result travels in plain form and comes back as it was", () => {
  const result: ResultOf<typeof Page> = [{ id: "o-1", at: new Date(0) }]
  const plain = Page.result.encode(result)
  assert.deepEqual(plain, [{ id: "o-1", at: "1970-01-01T00:00:00.000Z" }])
  assert.deepEqual(Page.result.decode(plain), result)
})
