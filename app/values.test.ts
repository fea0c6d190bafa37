/** Every value of every type comes back the same by every door, in memory and on real servers. */
import assert from "node:assert/strict"
import { after, before, describe } from "node:test"
import { isDeepStrictEqual } from "node:util"
import { Ajv2020 } from "ajv/dist/2020.js"
import { Schema } from "effect"
import { Actor } from "../actors/internal.ts"
import { type AnyContract, Contract, plainForm, Query } from "../contracts/internal.ts"
import { type AnyQueryHandler, Projection, QueryHandler } from "../projections/internal.ts"
import { eventsOf, watching } from "../gateway/fixtures/events.ts"
import { createNamespace } from "../testing/namespace.ts"
import { test } from "../testing/test.ts"
import { historyName } from "../wire/internal.ts"
import { App } from "./mod.ts"
import {
  CARRIED,
  type CarriedCase,
  CASES,
  NULLABLE,
  NULLS,
  OPTIONAL,
  RESERVED,
} from "./fixtures/values.ts"
import type { RunningApp } from "./running.ts"

const messages = {
  commands: { Put: OPTIONAL, Name: RESERVED.fields },
  events: { Was: OPTIONAL, Named: RESERVED.fields },
  rejections: { Shown: OPTIONAL },
}
const Kept = Contract.define("values.kept", messages)
const Loose = Contract.define("values.loose", messages)

const State = Schema.Struct(OPTIONAL)
type State = typeof State.Type

const actorOf = (contract: typeof Kept | typeof Loose, state?: Schema.Codec<State, unknown>) =>
  Actor.define(contract as typeof Kept, {
    initial: {} as State,
    ...(state ? { state } : {}),
    decide: {
      Put: (before, fields) =>
        Object.keys(fields).length === 0 ? Kept.rejections.Shown(before) : Kept.events.Was(fields),
      Name: (_before, names) => Kept.events.Named(names),
    },
    evolve: { Was: (_before, fields) => fields, Named: (before) => before },
  })

const row = { id: Schema.String, ...OPTIONAL, ...NULLABLE }

const Rows = Projection.define("values.row", {
  from: [Kept],
  row,
  key: "id",
  on: { Was: (_row, fields, { id }) => ({ ...NULLS, ...fields, id }) },
})

const named = { id: Schema.String, ...RESERVED.fields }

const Names = Projection.define("values.name", {
  from: [Kept],
  row: named,
  key: "id",
  on: { Named: (_row, names, { id }) => ({ id, ...names }) },
})

const result = Schema.Array(Schema.Struct(row))
const ById = Query.define("values.by-id", { params: { id: Schema.String }, result })
const searched = Object.entries(CARRIED).filter(([, each]) => each.searched).map(([name]) => name)
const searchedFields = Object.fromEntries(searched.map((name) => [name, OPTIONAL[name]!]))
const Found = Query.define("values.found", { params: searchedFields, result })
const Echo = Query.define("values.echo", {
  params: OPTIONAL,
  result: Schema.Struct(OPTIONAL) as Schema.Codec<object, unknown>,
})
const NamedRows = Query.define("values.named", {
  params: {},
  result: Schema.Array(Schema.Struct(named)),
})

const Large = Contract.define("values.large", {
  commands: { Grow: { text: Schema.String } },
  events: { Grown: { text: Schema.String } },
})

const texts = { texts: Schema.Array(Schema.String) }

const large = Actor.define(Large, {
  initial: { texts: [] as readonly string[] },
  state: Schema.Struct(texts),
  decide: { Grow: (_state, { text }) => Large.events.Grown({ text }) },
  evolve: { Grown: ({ texts }, { text }) => ({ texts: [...texts, text] }) },
})

const largeRow = { id: Schema.String, ...texts }

const LargeRows = Projection.define("values.large-row", {
  from: [Large],
  row: largeRow,
  key: "id",
  on: { Grown: (row, { text }, { id }) => ({ id, texts: [...row?.texts ?? [], text] }) },
})

const largeResult = Schema.Array(Schema.Struct(largeRow))
const LargePages = Query.define("values.large-pages", { params: {}, result: largeResult })
const LargeAll = Query.define("values.large-all", { params: {}, result: largeResult })

const sortedName = (index: number) => `values.sorted-${index}`
const sorted: readonly AnyQueryHandler[] = searched.map((name, index) =>
  QueryHandler.rows(
    Query.define(sortedName(index), { params: {}, result }),
    Rows,
    { orderBy: [(index % 2 === 0 ? name : `${name} desc`) as "id"], limit: 40 },
  )
)

const app = App.define("values", {
  actors: [actorOf(Kept, State as unknown as Schema.Codec<State, unknown>), actorOf(Loose), large],
  projections: [Rows, Names, LargeRows],
  queries: [
    QueryHandler.define(ById, {
      from: [Rows],
      sql: ({ id }, { sql, view }) => sql`select * from ${view(Rows)} where id = ${id}`,
      memory: ({ id }, { rows }) => rows(Rows).filter((each) => each.id === id),
    }),
    QueryHandler.rows(Found, Rows, {
      where: (params) => params as object,
      orderBy: ["id"],
      limit: 1_000,
    }),
    QueryHandler.define(Echo, {
      from: [Rows],
      sql: (params) => Promise.resolve(params),
      memory: (params) => params,
    }),
    QueryHandler.rows(NamedRows, Names, {
      where: () => ({ select: "the select", toString: "the toString" }) as object,
      orderBy: ["order" as "id", "constructor desc" as "id"],
      limit: 2,
    }),
    ...sorted,
    QueryHandler.rows(LargePages, LargeRows, { orderBy: ["id"], limit: 10 }),
    QueryHandler.define(LargeAll, {
      from: [LargeRows],
      sql: (_, { sql, view }) => sql`select * from ${view(LargeRows)} order by id`,
      memory: (_, { rows }) => rows(LargeRows),
    }),
  ],
})

/** The parameters of a URL for plain fields; undefined if a URL cannot hold them. */
const urlOf = (plain: Readonly<Record<string, unknown>>): string | undefined => {
  const params = new URLSearchParams()
  for (const [name, value] of Object.entries(plain)) {
    // What a URL says is a text if a text is allowed.
    if (["json", "stringOrNumber"].includes(name) && typeof value !== "string") return undefined
    const isList = Array.isArray(value) && ["list", "flags", "integers", "bigints", "decimals"]
      .concat("dates", "nulls", "set", "tuple").includes(name)
    if (isList && value.length === 0) return undefined
    const texts = isList ? value : [typeof value === "object" ? JSON.stringify(value) : value]
    for (const text of texts) params.append(name, String(text))
  }
  return params.size > 0 && String(params).length < 8_000 ? String(params) : undefined
}

/** How a case differs from what was found; undefined if it does not. */
const difference = (found: unknown, wanted: unknown): string | undefined => {
  const [one, other] = [found, wanted].map((each) => JSON.parse(JSON.stringify(each ?? null)))
  if (isDeepStrictEqual(one, other)) return undefined
  const [shown, expected] = [one, other].map((each) => JSON.stringify(each).slice(0, 300))
  return `${shown} instead of ${expected}`
}

type Door = (running: RunningApp, each: CarriedCase) => Promise<unknown>

const json = async (running: RunningApp, path: string): Promise<unknown> => {
  const response = await running.fetch(path)
  const body: unknown = await response.json()
  return response.status === 200 ? body : { status: response.status, body }
}

const firstEvent = async (running: RunningApp, path: string): Promise<unknown> => {
  const events = eventsOf(await running.fetch(path, watching()))
  const first = await events.next()
  await events.leave()
  return first?.data
}

const stateOf = (contract: AnyContract): Door => async (running, { id }) => {
  const found = await json(running, `/values/${contract.actor}/${id}`)
  return (found as { state?: unknown }).state ?? found
}

const ROW_DOORS: Readonly<Record<string, Door>> = {
  "the row over HTTP": async (running, { id }) => await json(running, `/values/row/${id}`),
  "the row over NATS": async ({ client }, { id }) =>
    (await client.queryPlain("values.row", { key: id })).result,
  "the row as an event": (running, { id }) => firstEvent(running, `/values/row/${id}`),
  "a query in SQL over HTTP": async (running, { id }) => {
    const found = await json(running, `/values/by-id?id=${id}`)
    return Array.isArray(found) ? found[0] : found
  },
  "a query in SQL by its contract": async ({ client }, { id }) => {
    const { result } = await client.query(ById, { id })
    return (ById.result.encode(result) as readonly unknown[])[0]
  },
  "a query in SQL as an event": async (running, { id }) =>
    (await firstEvent(running, `/values/by-id?id=${id}`) as unknown[])[0],
}

const DOORS: Readonly<Record<string, Door>> = {
  "the state over HTTP": stateOf(Kept),
  "the state over NATS": async ({ client }, { id }) => {
    const { result } = await client.queryPlain(Kept.name, { id })
    return (result as { state: unknown }).state
  },
  "a rejection that shows the state": async ({ client }, { id }) => {
    const answer = await client.ask(Kept, id, Kept.commands.Put({}))
    assert.equal(answer.kind, "rejection")
    return Kept.codec.plain(answer as Parameters<typeof Kept.codec.plain>[0]).data
  },
  "the history over HTTP": async (running, { id }) => {
    const found = await json(running, `/values/kept/${id}/history`)
    return (found as { events?: { data: unknown }[] }).events?.[0]?.data ?? found
  },
  "the history over NATS": async ({ client }, { id }) => {
    const { result } = await client.queryPlain(historyName(Loose.name), { id })
    return (result as { events: { data: unknown }[] }).events[0]?.data
  },
}

/** The row of a case: a column that can be null has no other absence. */
const rowOf = ({ id, plain }: CarriedCase) => ({ ...NULLS, ...plain, id })

const tests = (where: string, open: () => Promise<RunningApp>) => {
  describe(`values ${where}`, () => {
    let running: RunningApp
    before(async () => {
      running = await open()
    })
    after(() => running.stop())

    const wrongIn = async (
      cases: readonly CarriedCase[],
      door: Door,
      wanted: (each: CarriedCase) => unknown = ({ plain }) => plain,
    ) => {
      const wrong: string[] = []
      const waiting = [...cases]
      // A host answers so many questions about actors at the same time.
      await Promise.all(Array.from({ length: 8 }, async () => {
        for (let each = waiting.shift(); each; each = waiting.shift()) {
          try {
            const differs = difference(await door(running, each), wanted(each))
            if (differs !== undefined) wrong.push(`${each.id}: ${differs}`)
          } catch (error) {
            wrong.push(`${each.id}: ${String(error).slice(0, 300)}`)
          }
        }
      }))
      return wrong
    }

    test("are accepted by HTTP and by code", async () => {
      const positions: { position: string }[] = []
      const wrong = await wrongIn(CASES, async ({ client, fetch }, { id, fields, plain }) => {
        const response = await fetch(`/values/kept/${id}/Put`, {
          method: "POST",
          headers: { "Content-Type": "application/json" },
          body: JSON.stringify(plain),
        })
        const answer = await response.json() as { position: string }
        if (response.status !== 200) return answer
        positions.push(answer)
        const other = await client.ask(Loose, id, Loose.commands.Put(fields))
        return other.kind
      }, () => "accepted")
      assert.deepEqual(wrong, [])
      const { client } = running
      const answer = await client.ask(Kept, "names", Kept.commands.Name(RESERVED.values))
      if (answer.kind === "accepted") positions.push(answer)
      await running.caughtUp(...positions)
    })

    for (const [name, door] of Object.entries(DOORS)) {
      test(`come back the same by ${name}`, async () => {
        assert.deepEqual(await wrongIn(CASES, door), [])
      })
    }
    test("come back the same by the state without a schema", async () => {
      const wanted = ({ fields }: CarriedCase) => plainForm(fields)
      assert.deepEqual(await wrongIn(CASES, stateOf(Loose), wanted), [])
    })
    for (const [name, door] of Object.entries(ROW_DOORS)) {
      test(`come back the same by ${name}`, async () => {
        assert.deepEqual(await wrongIn(CASES, door, rowOf), [])
      })
    }

    test("are found by the rows that have them", async () => {
      const some = CASES.filter(({ name }) => searched.includes(name))
      const byHttp: Door = async (app, { plain }) =>
        await json(app, `/values/found?${urlOf(plain)}`)
      const byCode: Door = async ({ client }, { fields }) =>
        Found.result.encode((await client.query(Found, fields)).result)
      const rowsOf = (each: CarriedCase) => [rowOf(each)]
      assert.deepEqual(await wrongIn(some, byHttp, rowsOf), [])
      assert.deepEqual(await wrongIn(some, byCode, rowsOf), [])
    })

    test("are parameters of a URL and of code", async () => {
      const some = CASES.filter(({ plain }) => urlOf(plain) !== undefined)
      const byHttp: Door = async (app, { plain }) => await json(app, `/values/echo?${urlOf(plain)}`)
      assert.deepEqual(await wrongIn(some, byHttp), [])
      const byCode: Door = async ({ client }, { fields }) =>
        Echo.result.encode((await client.query(Echo, fields)).result)
      assert.deepEqual(await wrongIn(CASES, byCode), [])
    })

    test("are sorted by their meaning, page by page", async () => {
      for (const [index, name] of searched.entries()) {
        const ids: string[] = []
        for (let next: string | undefined, first = true; first || next; first = false) {
          const page = { after: next, limit: 30 }
          const answer = await running.client.queryPlain(sortedName(index), page)
          ids.push(...(answer.result as { id: string }[]).map(({ id }) => id))
          next = answer.next
        }
        assert.equal(new Set(ids).size, CASES.length, name)
        assert.equal(ids.length, CASES.length, name)
        orders.set(name, [...orders.get(name) ?? [], ids])
      }
    })

    test("are columns with names that others reserve", async () => {
      const wanted = [{ id: "names", ...RESERVED.values }]
      assert.equal(difference(await json(running, "/values/named"), wanted), undefined)
      assert.equal(difference(await json(running, "/values/name/names"), wanted[0]), undefined)
    })

    test("come back whole where they are larger than a message", async () => {
      const { client } = running
      const grown = Array.from({ length: 4 }, (_, each) => String(each).repeat(700_000))
      const answers: { position: string }[] = []
      for (const id of ["l-1", "l-2"]) {
        for (const text of id === "l-1" ? grown : grown.slice(0, 1)) {
          const answer = await client.ask(Large, id, Large.commands.Grow({ text }))
          if (answer.kind === "accepted") answers.push(answer)
        }
      }
      await running.caughtUp(...answers)
      const state = await json(running, "/values/large/l-1") as { state: unknown }
      assert.deepEqual(state.state, { texts: grown })
      const first = { id: "l-1", texts: grown }
      const second = { id: "l-2", texts: grown.slice(0, 1) }
      assert.deepEqual(await json(running, "/values/large-row/l-1"), first)
      assert.deepEqual(await firstEvent(running, "/values/large-row/l-1"), first)
      assert.deepEqual(await json(running, "/values/large-all"), [first, second])
      const page = await running.fetch("/values/large-pages")
      assert.deepEqual(await page.json(), [first])
      const next = page.headers.get("Leftfold-Next")
      assert.deepEqual(await json(running, `/values/large-pages?after=${next}`), [second])
      const read: string[] = []
      for (let after = 0, more = true; more;) {
        const found = await json(running, `/values/large/l-1/history?after=${after}`)
        const { events, next } = found as { events: { data: { text: string } }[]; next?: number }
        read.push(...events.map(({ data }) => data.text))
        more = next !== undefined
        after = next ?? 0
      }
      assert.deepEqual(read, grown)
    })

    test("are as the OpenAPI document says", async () => {
      const document = await json(running, "/openapi.json") as OpenApi
      const ajv = new Ajv2020({ strict: false, validateFormats: false })
      ajv.addSchema(document, "openapi")
      const checkOf = (pointer: string) => ajv.getSchema(`openapi#${pointer}`)!
      const escaped = (path: string) => path.replaceAll("~", "~0").replaceAll("/", "~1")
      const path = (name: string) => `/paths/${escaped(name)}`
      const content = "content/application~1json/schema"
      const body = checkOf(`${path("/values/kept/{id}/Put")}/post/requestBody/${content}`)
      const row = checkOf(`${path("/values/row/{key}")}/get/responses/200/${content}`)
      const { parameters } = document.paths["/values/echo"]!.get
      for (const { id, name, plain } of CASES) {
        assert.ok(body(plain), `${id}: ${ajv.errorsText(body.errors)}`)
        assert.ok(row({ ...NULLS, ...plain, id }), `${id}: ${ajv.errorsText(row.errors)}`)
        const place = parameters.findIndex((each) => each.name === name)
        const schema = parameters[place]?.content ? content : "schema"
        const check = checkOf(`${path("/values/echo")}/get/parameters/${place}/${schema}`)
        assert.ok(check(plain[name]), `the parameter ${id}: ${ajv.errorsText(check.errors)}`)
      }
    })
  })
}

interface OpenApi {
  readonly paths: Record<string, {
    readonly get: { readonly parameters: readonly { readonly name: string; content?: object }[] }
  }>
}

/** The ids by each column, as memory and the servers order them. */
const orders = new Map<string, string[][]>()

tests("in memory", () => App.inMemory(app))
tests("on servers", async () => App.start(app, { ...await createNamespace(), port: 0 }))

describe("values", () => {
  test("are ordered alike in memory and in Postgres", () => {
    for (const [name, [memory, postgres]] of orders) assert.deepEqual(memory, postgres, name)
  })
})
