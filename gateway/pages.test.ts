/** Tests of pages of rows over HTTP and NATS, in memory and on real servers. */
import assert from "node:assert/strict"
import { after, before, describe } from "node:test"
import { test } from "../testing/test.ts"
import { Schema } from "effect"
import { Actor } from "../actors/internal.ts"
import { App } from "../app/mod.ts"
import type { RunningApp } from "../app/running.ts"
import { Contract, type Problem, Query } from "../contracts/internal.ts"
import { Projection, QueryHandler } from "../projections/internal.ts"
import { createNamespace } from "../testing/namespace.ts"
import type { PageOptions, QueryAnswer } from "../wire/internal.ts"

const Notes = Contract.define("desk.note", {
  commands: { Write: { text: Schema.String } },
  events: { Written: { text: Schema.String } },
})

const note = Actor.define(Notes, {
  initial: { text: "" },
  decide: { Write: (_state, { text }) => Notes.events.Written({ text }) },
  evolve: { Written: (_state, { text }) => ({ text }) },
})

const row = { id: Schema.String, length: Schema.Int, text: Schema.String, again: Schema.String }

const NoteList = Projection.define("desk.note-list", {
  from: [Notes],
  row,
  key: "id",
  on: { Written: (_row, { text }, { id }) => ({ id, length: text.length, text, again: text }) },
})

const OfLength = Query.define("desk.of-length", {
  params: { length: Schema.FiniteFromString },
  result: Schema.Array(Schema.Struct(row)),
})

const All = Query.define("desk.all", { params: {}, result: Schema.Array(Schema.Struct(row)) })

const app = App.define("desk", {
  actors: [note],
  projections: [NoteList],
  queries: [
    QueryHandler.rows(OfLength, NoteList, {
      where: ({ length }) => ({ length }),
      orderBy: ["id desc"],
      limit: 3,
    }),
    QueryHandler.rows(All, NoteList, { orderBy: ["id"], limit: 100 }),
  ],
})

type Row = { readonly id: string }

/** The path of the next page, as its link says. */
const linkOf = (response: Response): string | undefined =>
  /^<(.*)>; rel="next"$/.exec(response.headers.get("Link") ?? "")?.[1]

const tests = (where: string, open: () => Promise<RunningApp>) => {
  describe(`pages of rows ${where}`, () => {
    let running: RunningApp
    before(async () => {
      running = await open()
      const answers = await Promise.all(
        Array.from(
          { length: 8 },
          (_, index) =>
            running.client.ask(Notes, `n-${index}`, Notes.commands.Write({ text: "ab" })),
        ),
      )
      const accepted = answers.flatMap((answer) => answer.kind === "accepted" ? [answer] : [])
      await running.caughtUp(...accepted)
    })
    after(() => running.stop())

    const refused = async (path: string, headers: Record<string, string> = {}) => {
      const response = await running.fetch(path, { headers })
      const body = await response.json() as Problem & { issues?: readonly { path: string }[] }
      return { ...body, status: response.status }
    }

    test("are linked over HTTP from the first to the last", async () => {
      const ids: string[] = []
      const sizes: number[] = []
      for (let path: string | undefined = "/desk/of-length?length=2"; path !== undefined;) {
        const response: Response = await running.fetch(path)
        assert.equal(response.status, 200)
        const rows = await response.json() as Row[]
        ids.push(...rows.map(({ id }) => id))
        sizes.push(rows.length)
        const next = response.headers.get("Leftfold-Next")
        path = linkOf(response)
        assert.equal(new URL(path ?? "/", "http://any").searchParams.get("after"), next)
      }
      assert.deepEqual(sizes, [3, 3, 2])
      assert.deepEqual(ids, [7, 6, 5, 4, 3, 2, 1, 0].map((index) => `n-${index}`))
    })

    test("are asked for in code by what the page before has said", async () => {
      const pages: string[][] = []
      let [next, more]: [string | undefined, boolean] = [undefined, true]
      while (more) {
        const page: PageOptions = { limit: 2, after: next }
        const answer: QueryAnswer<readonly Row[]> = await running.client.query(
          OfLength,
          { length: 2 },
          { page },
        )
        pages.push(answer.result.map(({ id }) => id))
        next = answer.next
        more = next !== undefined
      }
      assert.deepEqual(pages, [["n-7", "n-6"], ["n-5", "n-4"], ["n-3", "n-2"], ["n-1", "n-0"]])
    })

    test("are refused by name where what they are asked for with is wrong", async () => {
      const wrong = {
        "limit=0": "limit",
        "limit=many": "limit",
        "limit=1.5": "limit",
        "after=nonsense": "after",
        "ofset=3": "ofset",
        "limit=1&limit=2": "limit",
      }
      for (const [query, name] of Object.entries(wrong)) {
        const { status, title, issues } = await refused(`/desk/of-length?length=2&${query}`)
        assert.deepEqual([status, title], [422, "Invalid"], query)
        assert.equal(issues?.[0]?.path, name, query)
      }
      assert.equal((await refused("/desk/note-list/n-1?limit=1")).status, 422)
    })

    test("hold what fits into a message, or one row that fits into none", async () => {
      const write = async (id: string, text: string) => {
        const answer = await running.client.ask(Notes, id, Notes.commands.Write({ text }))
        assert.ok(answer.kind === "accepted")
        await running.caughtUp(answer)
      }
      for (let index = 0; index < 5; index++) await write(`long-${index}`, "x".repeat(200_000))
      // The command fits into a message. The row, which has its text twice, does not.
      await write("o-long", "y".repeat(600_000))
      await write("p-last", "z".repeat(200_000))
      const pages: string[][] = []
      for (let path: string | undefined = "/desk/all"; path !== undefined;) {
        assert.ok(pages.length < 10)
        const response: Response = await running.fetch(path)
        assert.equal(response.status, 200)
        const text = await response.text()
        const ids = (JSON.parse(text) as Row[]).map(({ id }) => id)
        assert.ok(text.length < 1_048_576 || ids.length === 1)
        pages.push(ids)
        path = linkOf(response)
      }
      const long = Array.from({ length: 5 }, (_, index) => `long-${index}`)
      const short = Array.from({ length: 8 }, (_, index) => `n-${index}`)
      assert.deepEqual(pages.flat(), [...long, ...short, "o-long", "p-last"])
      assert.ok(pages.some((ids) => ids.length === 1 && ids[0] === "o-long"))
      assert.ok(pages.length >= 5, String(pages.length))
    })

    test("are told of in the description", async () => {
      const { paths } = await (await running.fetch("/openapi.json")).json() as {
        paths: Record<string, { get: { parameters: { name: string }[]; responses: unknown } }>
      }
      const { parameters, responses } = paths["/desk/of-length"]!.get
      const names = parameters.map(({ name }) => name)
      assert.deepEqual(names.slice(-3), ["length", "limit", "after"])
      assert.match(JSON.stringify(responses), /Leftfold-Next/)
    })

    test("wait for no position of a context that there is not", async () => {
      const after = { "Leftfold-After": "dsk:5" }
      const { status, title, detail } = await refused("/desk/all", after)
      assert.deepEqual([status, title], [422, "Invalid"])
      assert.match(String(detail), /no context "dsk"; there are: desk/)
    })

    test("wait for no position that its log cannot reach, and say where it ends", async () => {
      const begun = performance.now()
      const { status, title, detail } = await refused("/desk/all", {
        "Leftfold-After": "desk:999999999",
      })
      assert.deepEqual([status, title], [422, "Invalid"])
      assert.match(String(detail), /desk:999999999 cannot be reached: its log ends at \d+/)
      assert.ok(performance.now() - begun < 2_000)
    })
  })
}

tests("in memory", () => App.inMemory(app))
tests("on servers", async () => await App.start(app, { ...await createNamespace(), port: 0 }))
