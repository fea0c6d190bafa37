/** Tests that a fold and a query get every value of a row back from Postgres unchanged. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { BigDecimal, DateTime, Schema } from "effect"
import fc from "fast-check"
import { Query } from "../../contracts/internal.ts"
import { createNamespace } from "../../testing/namespace.ts"
import type { Scope } from "../log/feed.suite.ts"
import { postgresStore } from "./store-postgres.ts"
import { type PlainRow, Projection } from "../projection.ts"
import { QueryHandler } from "../query-handler.ts"
import { roundTrip } from "../fixtures/stored.ts"

/** Values that Postgres and JavaScript share: no year before 4713 BC, no minus zero. */
const limit = { min: new Date("-004700-01-01T00:00:00Z"), max: new Date("+275000-01-01T00:00:00Z") }
const time = fc.date({ ...limit, noInvalidDate: true })
const real = fc.double().map((value) => value === 0 ? 0 : value)
const finite = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0)
const int32 = fc.integer()
const whole = fc.maxSafeInteger()
const text = fc.string({ unit: "grapheme" }).filter((value) => !value.includes("\u0000"))
const decimal = fc.tuple(fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }), fc.nat(30))
  .map(([digits, scale]) => BigDecimal.normalize(BigDecimal.make(digits, scale)))
const big = fc.bigInt({ min: -(10n ** 60n), max: 10n ** 60n })

const few = <T>(element: fc.Arbitrary<T>) => fc.array(element, { maxLength: 4 })
const orNull = <T>(element: fc.Arbitrary<T>) => fc.option(element)

/** What `select *` gives a query: every column apart from those without a type of their own. */
const asked = {
  id: Schema.String,
  text: Schema.String,
  small: Schema.Int.check(Schema.isInt32()),
  whole: Schema.Int,
  real: Schema.Number,
  truth: Schema.Boolean,
  time: Schema.Date,
  texts: Schema.Array(Schema.NullOr(Schema.String)),
  smalls: Schema.NonEmptyArray(Schema.Int.check(Schema.isInt32())),
  wholes: Schema.Array(Schema.Int),
  reals: Schema.Array(Schema.Number),
  truths: Schema.Array(Schema.Boolean),
  times: Schema.Array(Schema.NullOr(Schema.Date)),
  absent: Schema.optionalKey(Schema.Array(Schema.String)),
  nothing: Schema.NullOr(Schema.Finite),
  nested: Schema.Record(Schema.String, Schema.NullOr(Schema.Array(Schema.Array(Schema.Finite)))),
}

const folded = {
  ...asked,
  moment: Schema.DateTimeUtc,
  decimal: Schema.BigDecimal,
  big: Schema.BigInt,
  set: Schema.ReadonlySet(Schema.String),
  decimals: Schema.Array(Schema.NullOr(Schema.BigDecimal)),
  bigs: Schema.Array(Schema.BigInt),
  maybe: Schema.optionalKey(Schema.BigDecimal),
}

const askedRow = {
  id: fc.uuid(),
  text,
  small: int32,
  whole,
  real,
  truth: fc.boolean(),
  time,
  texts: few(orNull(text)),
  smalls: fc.array(int32, { minLength: 1, maxLength: 3 }) as fc.Arbitrary<[number, ...number[]]>,
  wholes: few(whole),
  reals: few(real),
  truths: few(fc.boolean()),
  times: few(orNull(time)),
  nothing: orNull(finite),
  nested: fc.dictionary(fc.constantFrom("a", "b", "Ü 💎"), orNull(few(few(finite))), {
    noNullPrototype: true,
  }),
}

const optional = { requiredKeys: Object.keys(askedRow) as (keyof typeof askedRow)[] }

const foldedRow = fc.tuple(
  fc.record({ ...askedRow, absent: few(text) }, optional),
  fc.record({
    moment: time.map((date) => DateTime.makeUnsafe(date)),
    decimal,
    big,
    decimals: few(orNull(decimal)),
    bigs: few(big),
    set: few(text).map((all) => new Set(all)),
  }),
  fc.record({ maybe: decimal }, { requiredKeys: [] }),
).map(([one, other, more]) => ({ ...one, ...other, ...more }))

const Folded = Projection.define("types.folded", { from: [], row: folded, key: "id", on: {} })
const Asked = Projection.define("types.asked", { from: [], row: asked, key: "id", on: {} })

const opened = async (scope: Scope) => {
  const { databaseUrl } = await createNamespace()
  const store = postgresStore(databaseUrl)
  scope.after(() => store.close())
  return store
}

const byId = <T extends { readonly id?: unknown }>(rows: readonly T[]) =>
  rows.toSorted((one, other) => String(one.id) < String(other.id) ? -1 : 1)

const plainOf = (view: typeof Folded | typeof Asked, rows: readonly object[]) =>
  rows.map((row) => view.codec.encode(row) as PlainRow)

const distinct = <T extends { readonly id: string }>(row: fc.Arbitrary<T>) =>
  fc.uniqueArray(row, { minLength: 1, maxLength: 20, selector: ({ id }) => id })

test("every value of every column type is folded from what was saved", async (t) => {
  const store = await opened(t)
  await fc.assert(
    fc.asyncProperty(distinct(foldedRow), async (rows) => {
      const loaded = await roundTrip(store, Folded, ...plainOf(Folded, rows))
      // A decimal has several forms; only the plain one is always the same.
      const again = plainOf(Folded, loaded.map((row) => Folded.codec.decode(row)))
      assert.deepEqual(byId(again), byId(plainOf(Folded, rows)))
    }),
    { numRuns: 60 },
  )
})

const All = Query.define("types.all", {
  params: { ids: Schema.Array(Schema.String) },
  result: Schema.Array(Schema.Struct(asked)),
})

const all = QueryHandler.define(All, {
  from: [Asked],
  sql: ({ ids }, { sql, view }) =>
    sql`select * from ${view(Asked)} where id = any(${ids}::text[]) order by id`,
})

test("a query that selects rows gets what the fold made", async (t) => {
  const store = await opened(t)
  const row = fc.record({ ...askedRow, absent: few(text) }, optional)
  await fc.assert(
    fc.asyncProperty(distinct(row), async (rows) => {
      await roundTrip(store, Asked, ...plainOf(Asked, rows))
      const from = [await store.serving(Asked.name)]
      const answer = await store.answer(all, { ids: rows.map(({ id }) => id) }, from) as object[]
      const shown = All.result.encode(answer as never) as readonly PlainRow[]
      assert.deepEqual(byId(shown), byId(plainOf(Asked, rows)))
    }),
    { numRuns: 60 },
  )
})
