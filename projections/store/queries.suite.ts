/** What every store does with queries: rows in pages, and bounds in rows and in bytes. */
import assert from "node:assert/strict"
import { Buffer } from "node:buffer"
import { test } from "../../testing/test.ts"
import { Schema } from "effect"
import { type Failure, isFailure, Query } from "../../contracts/internal.ts"
import { BoxList } from "../fixtures/boxes.ts"
import { box, saveNext } from "../fixtures/stored.ts"
import type { Scope } from "../log/feed.suite.ts"
import { keyDigest } from "../keyset.ts"
import { Page } from "../page.ts"
import { Projection, type RowOf } from "../projection.ts"
import { type AnyQueryHandler, QueryHandler } from "../query-handler.ts"
import type { QueryAsked, Store } from "./store.ts"

const row = {
  id: Schema.String,
  kind: Schema.String,
  size: Schema.Int,
  weight: Schema.NullOr(Schema.Finite),
  packed: Schema.optionalKey(Schema.Date),
  full: Schema.Boolean,
}

const Crates = Projection.define("boxes.crates", { from: [], row, key: "id", on: {} })

type Crate = RowOf<typeof Crates>

const OfKind = Query.define("boxes.of-kind", {
  params: { kind: Schema.String },
  result: Schema.Array(Schema.Struct(row)),
})

type CrateOrder = Parameters<
  typeof QueryHandler.rows<string, { kind: Schema.String }, typeof row>
>[2]

const ordered = (orderBy: CrateOrder["orderBy"], limit = 7) =>
  QueryHandler.rows(OfKind, Crates, { where: ({ kind }) => ({ kind }), orderBy, limit })

const day = (index: number): Date => new Date(Date.UTC(2026, 0, 1 + index, 1, 2, 3, index))

/** Crates, many of which share values. */
const crates: readonly Crate[] = Array.from({ length: 50 }, (_, index) => ({
  id: `c-${String((index * 37) % 50).padStart(2, "0")}`,
  kind: index % 5 === 4 ? "other" : "this",
  size: index % 3,
  weight: index % 4 === 0 ? null : [0.1, -1e-7, 1e21][index % 3]!,
  ...(index % 6 === 0 ? {} : { packed: day(index % 7) }),
  full: index % 2 === 0,
}))

const plain = (crate: Crate) => Crates.codec.encode(crate) as { readonly [name: string]: unknown }

const stored = async (store: Store) => {
  await store.claim(Crates)
  assert.equal(await saveNext(store, Crates, { upserts: crates.map(plain) }), true)
  return await store.serving(Crates.name)
}

const pageOf = async (
  store: Store,
  handler: AnyQueryHandler,
  asked: QueryAsked = {},
  params: object = { kind: "this" },
): Promise<Page> => {
  const view = await store.serving(handler.from[0]!.name)
  const page = await store.answer(handler, params, [view], asked)
  assert.ok(page instanceof Page)
  return page
}

const failureOf = async (asking: Promise<unknown>): Promise<Failure> => {
  const error = await asking.then(() => undefined, (reason) => reason)
  assert.ok(isFailure(error), String(error))
  return error
}

const idsOf = ({ rows }: Page): string[] => rows.map((each) => (each as Crate).id)

/** All pages one after another. */
const pagesOf = async (store: Store, handler: AnyQueryHandler, limit?: number) => {
  const pages: Page[] = []
  let after: string | undefined
  for (;;) {
    const page = await pageOf(store, handler, { page: { after, limit } })
    pages.push(page)
    after = page.next
    if (after === undefined) return pages
  }
}

/** The crates in an order: null last, and the id where all else is equal. */
const inOrder = (orderBy: CrateOrder["orderBy"]): string[] => {
  const names = [...orderBy, orderBy.at(-1)!.endsWith(" desc") ? "id desc" : "id"]
  const compare = (one: Crate, other: Crate): number => {
    for (const each of names) {
      const name = each.replace(" desc", "") as keyof Crate
      const sign = each === name ? 1 : -1
      const [left, right] = [one[name] ?? null, other[name] ?? null]
      if (left === null || right === null) {
        if (left !== right) return left === null ? sign : -sign
      } else if (left < right) return -sign
      else if (left > right) return sign
    }
    return 0
  }
  return crates.filter(({ kind }) => kind === "this").sort(compare).map(({ id }) => id)
}

const ORDERS: readonly CrateOrder["orderBy"][] = [
  ["id"],
  ["id desc"],
  ["size", "id"],
  ["size desc"],
  ["size desc", "full", "id desc"],
  ["weight"],
  ["weight desc"],
  ["packed", "size desc"],
  ["packed desc", "weight"],
  ["full", "packed", "weight desc", "size"],
]

/** Registers the tests; `open` makes a store that is new. */
export const queryTests = (open: (scope: Scope) => Promise<Store>): void => {
  pagingTests(open)
  boundTests(open)
}

const pagingTests = (open: (scope: Scope) => Promise<Store>): void => {
  test("a cursor of a row that its reader may not see is that of a row that is gone", async (t) => {
    const store = await open(t)
    await stored(store)
    const handler = ordered(["size"], 1)
    const [, own] = Buffer.from((await pageOf(store, handler)).next!, "base64url").toString().split(
      '"',
    )
    const at = (id: string) =>
      Buffer.from(JSON.stringify([own, { row: keyDigest(id) }])).toString("base64url")
    const seen = { kind: "this" }
    const failed = (id: string) =>
      failureOf(pageOf(store, handler, { page: { after: at(id), seen } }))
    const hidden = crates.find(({ kind }) => kind === "other")!
    const [ofHidden, ofNone] = [await failed(hidden.id), await failed("none")]
    assert.deepEqual([ofHidden._tag, ofHidden.message], [ofNone._tag, ofNone.message])
    const visible = crates.find(({ kind }) => kind === "this")!
    await pageOf(store, handler, { page: { after: at(visible.id), seen } })
  })

  test("pages are in the order that was asked for, and together they are all rows", async (t) => {
    const store = await open(t)
    await stored(store)
    for (const orderBy of ORDERS) {
      const expected = inOrder(orderBy)
      for (const limit of [undefined, 1, 6]) {
        const pages = await pagesOf(store, ordered(orderBy), limit)
        assert.deepEqual(pages.flatMap(idsOf), expected, `${orderBy} ${limit}`)
        assert.equal(pages.length, Math.ceil(expected.length / (limit ?? 7)))
      }
    }
  })

  test("a page has as many rows as is asked for, and no more than one may have", async (t) => {
    const store = await open(t)
    await stored(store)
    for (const [limit, rows] of [[3, 3], [7, 7], [8, 7], [1_000_000, 7]] as const) {
      assert.equal((await pageOf(store, ordered(["id"]), { page: { limit } })).rows.length, rows)
    }
    const all = await pageOf(store, ordered(["id"], 1_000))
    assert.deepEqual([all.rows.length, all.more, all.next], [40, false, undefined])
    const fields = all.rows.map((each) => OfKind.result.encode([each] as never))
    assert.ok(fields.every((each) => JSON.stringify(each).includes('"size"')))
  })

  test("a page begins where it should, whatever became of the row before it", async (t) => {
    const store = await open(t)
    await stored(store)
    const handler = ordered(["size desc", "weight"])
    const first = await pageOf(store, handler)
    const rest = inOrder(["size desc", "weight"]).slice(7)
    await saveNext(store, Crates, { deletes: idsOf(first).slice(3) })
    const ids: string[] = []
    for (let after = first.next; after !== undefined;) {
      const page: Page = await pageOf(store, handler, { page: { after } })
      ids.push(...idsOf(page))
      after = page.next
    }
    assert.deepEqual(ids, rest)
  })

  test("a cursor that was not given for this query is refused by name", async (t) => {
    const store = await open(t)
    await stored(store)
    const handler = ordered(["size"])
    const { next = assert.fail() } = await pageOf(store, handler)
    const { next: other = assert.fail() } = await pageOf(store, ordered(["size desc"]))
    const wrong = ["", "x", "AAAA", btoa("[1]"), btoa("{}"), next.slice(3), other, "é".repeat(9)]
    for (const after of wrong) {
      const failure = await failureOf(pageOf(store, handler, { page: { after } }))
      assert.ok(failure._tag === "Invalid" && failure.issues?.[0]?.path === "after", after)
    }
  })

  test("a row with long texts in its order can be gone past, unless it is gone", async (t) => {
    const store = await open(t)
    await store.claim(Crates)
    const long = ["a", "b", "c"].map((id) => ({
      ...plain(crates[1]!),
      id,
      kind: "this",
      weight: null,
    }))
    const Notes = Projection.define("boxes.notes", {
      from: [],
      row: { id: Schema.String, text: Schema.String },
      key: "id",
      on: {},
    })
    const All = Query.define("boxes.all-notes", {
      params: {},
      result: Schema.Array(Schema.Struct(Notes.row)),
    })
    const handler = QueryHandler.rows(All, Notes, { orderBy: ["text"], limit: 1 })
    await store.claim(Notes)
    const upserts = long.map(({ id }) => ({ id, text: `${"x".repeat(100_000)}${id}` }))
    await saveNext(store, Notes, { upserts })
    const pages = await pagesOf(store, handler)
    assert.deepEqual(pages.flatMap(idsOf), ["a", "b", "c"])
    const { next: after = assert.fail() } = pages[0]!
    assert.ok(after.length < 2_000)
    await saveNext(store, Notes, { deletes: ["a"] })
    const failure = await failureOf(pageOf(store, handler, { page: { after } }, {}))
    assert.ok(failure._tag === "Invalid" && /is gone/.test(failure.message), failure.message)
  })
}

const boundTests = (open: (scope: Scope) => Promise<Store>): void => {
  const Notes = Projection.define("boxes.long-notes", {
    from: [],
    row: { id: Schema.String, text: Schema.String },
    key: "id",
    on: {},
  })
  const All = Query.define("boxes.long", {
    params: {},
    result: Schema.Array(Schema.Struct(Notes.row)),
  })
  const inPages = QueryHandler.rows(All, Notes, { orderBy: ["id"], limit: 100 })
  const own = QueryHandler.define(All, {
    from: [Notes],
    sql: (_, { sql, view }) => sql`select * from ${view(Notes)} order by id;`,
    memory: (_, { rows }) => rows(Notes),
  })
  const noted = async (store: Store, ...lengths: readonly number[]) => {
    await store.claim(Notes)
    const upserts = lengths.map((length, index) => ({
      id: `n-${String(index).padStart(2, "0")}`,
      text: "n".repeat(length),
    }))
    await saveNext(store, Notes, { upserts })
  }

  test("a page holds no more bytes than an answer may, and the next one goes on", async (t) => {
    const store = await open(t)
    await noted(store, ...Array.from({ length: 30 }, () => 300_000))
    const ids: string[] = []
    for (let after: string | undefined, pages = 0;;) {
      const page = await pageOf(store, inPages, { page: { after }, bounds: { bytes: 1_000_000 } })
      assert.ok(page.rows.length > 0 && page.rows.length <= 3)
      ids.push(...idsOf(page))
      after = page.next
      if (after === undefined) break
      assert.ok(++pages < 30)
    }
    assert.equal(ids.length, 30)
  })

  test("a row that fits into no answer is named, and can be gone past", async (t) => {
    const store = await open(t)
    await noted(store, 10, 1_500_000, 10)
    const bounds = { bytes: 1_000_000 }
    const first = await pageOf(store, inPages, { bounds })
    assert.deepEqual(idsOf(first), ["n-00"])
    const second = await failureOf(pageOf(store, inPages, { page: { after: first.next }, bounds }))
    assert.ok(second._tag === "TooLarge" && second.next !== undefined, second.message)
    assert.match(second.message, /"n-01"/)
    const third = await pageOf(store, inPages, { page: { after: second.next }, bounds })
    assert.deepEqual(idsOf(third), ["n-02"])
  })

  test("a query of its own that reads too much is refused, and the bound is named", async (t) => {
    const store = await open(t)
    await noted(store, ...Array.from({ length: 20 }, () => 100_000))
    const view = await store.serving(Notes.name)
    const ask = (bounds: QueryAsked["bounds"] = {}) => store.answer(own, {}, [view], { bounds })
    assert.equal((await ask({ bytes: 2_100_000 }) as object[]).length, 20)
    assert.equal((await ask({ rows: 20, bytes: 2_100_000 }) as object[]).length, 20)
    for (const bounds of [{ bytes: 1_900_000 }, { rows: 19, bytes: 2_100_000 }]) {
      const failure = await failureOf(ask(bounds))
      assert.equal(failure._tag, "TooLarge")
      const { rows = 10_000, bytes } = { rows: undefined, ...bounds }
      assert.match(failure.message, new RegExp(`boxes.long .*${rows} rows or ${bytes} bytes`))
    }
    // The refused statement left nothing behind.
    assert.equal((await ask({ bytes: 2_100_000 }) as object[]).length, 20)
  })

  test("a row that is larger than an answer is not read by its key", async (t) => {
    const store = await open(t)
    await noted(store, 1_000_000, 10)
    const view = await store.serving(Notes.name)
    assert.equal((await store.row(view, "n-00", 1_100_000))?.id, "n-00")
    const failure = await failureOf(store.row(view, "n-00", 900_000))
    assert.ok(failure._tag === "TooLarge")
    assert.match(failure.message, /"n-00" of boxes\.long-notes takes 1000\d\d\d bytes/)
    assert.equal((await store.row(view, "n-01", 900_000))?.id, "n-01")
  })

  test("a query with no rows has one page without a next one", async (t) => {
    const store = await open(t)
    await store.claim(BoxList)
    await saveNext(store, BoxList, { upserts: [box("a", 1)] })
    const Full = Query.define("boxes.full", {
      params: { count: Schema.Int },
      result: Schema.Array(Schema.Struct(BoxList.row)),
    })
    const where = ({ count }: { readonly count: number }) => ({ count })
    const full = QueryHandler.rows(Full, BoxList, { where, orderBy: ["puts"], limit: 5 })
    const none = await pageOf(store, full, {}, { count: 2 })
    assert.deepEqual([none.rows, none.next], [[], undefined])
    assert.equal((await pageOf(store, full, {}, { count: 1 })).rows.length, 1)
  })
}
