/** Every value of every type comes back the same by every door, in memory and on real servers. */
import assert from "node:assert/strict"
import { after, before, describe } from "node:test"
import { Ajv2020 } from "ajv/dist/2020.js"
import { plainForm } from "../contracts/internal.ts"
import { createNamespace } from "../testing/namespace.ts"
import { test } from "../testing/test.ts"
import { App } from "./mod.ts"
import {
  difference,
  type Door,
  DOORS,
  firstEvent,
  json,
  ROW_DOORS,
  rowOf,
  stateOf,
  urlOf,
} from "./fixtures/value-doors.ts"
import { type CarriedCase, CASES, NULLS, RESERVED } from "./fixtures/values.ts"
import {
  app,
  Echo,
  Found,
  Kept,
  Large,
  Loose,
  searched,
  sortedName,
} from "./fixtures/values-app.ts"
import type { RunningApp } from "./running.ts"

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
