/** Reading one's own writes, over HTTP and NATS, by key and by query, of one context or several. */
import assert from "node:assert/strict"
import { after, before, describe } from "node:test"
import { test } from "../testing/test.ts"
import { Schema } from "effect"
import { Actor } from "../actors/internal.ts"
import { App } from "../app/mod.ts"
import type { RunningApp } from "../app/running.ts"
import { type Accepted, encode, HEADER, querySubject, requestOf } from "../wire/internal.ts"
import { Contract, isFailure, parsePositions, type Problem, Query } from "../contracts/internal.ts"
import { Projection, QueryHandler } from "../projections/internal.ts"
import { createNamespace } from "../testing/namespace.ts"

const counters = (context: string) => {
  const contract = Contract.define(`${context}.counter`, {
    commands: { Count: { by: Schema.Int } },
    events: { Counted: { by: Schema.Int } },
  })
  const actor = Actor.define(contract, {
    initial: 0,
    decide: { Count: (_sum, { by }) => contract.events.Counted({ by }) },
    evolve: { Counted: (sum, { by }) => sum + by },
  })
  return { contract, actor }
}

const [east, west] = [counters("east"), counters("west")]
const row = { id: Schema.String, sum: Schema.Int }

const sumsOf = (name: string, ...from: readonly typeof east.contract[]) =>
  Projection.define(name, {
    from,
    row,
    key: "id",
    on: { Counted: (before, { by }, { id }) => ({ id, sum: (before?.sum ?? 0) + by }) },
  })

const East = sumsOf("east.sums", east.contract)
const West = sumsOf("west.sums", west.contract)
const Both = sumsOf("both.sums", east.contract, west.contract)

const All = Query.define("both.all", {
  params: { id: Schema.String },
  result: Schema.Struct({ east: Schema.Int, west: Schema.Int }),
})

const all = QueryHandler.define(All, {
  from: [East, West],
  sql: async ({ id }, { sql, view }) =>
    (await sql`select
      coalesce((select sum from ${view(East)} where id = ${id}), 0) as east,
      coalesce((select sum from ${view(West)} where id = ${id}), 0) as west`)[0],
  memory: ({ id }, { rows }) => {
    const sum = (view: typeof East) => rows(view).find((each) => each.id === id)?.sum ?? 0
    return { east: sum(East), west: sum(West) }
  },
})

const app = App.define("sums", {
  actors: [east.actor, west.actor],
  projections: [East, West, Both],
  queries: [all],
})

/** The position after one, at which nothing is yet. */
const next = ({ position }: Accepted): string => {
  const [context, sequence] = position.split(":")
  return `${context}:${Number(sequence) + 1}`
}

const tests = (where: string, open: () => Promise<RunningApp>) => {
  describe(`one's own writes are read ${where}`, () => {
    let running: RunningApp
    before(async () => {
      running = await open()
    })
    after(() => running.stop())

    const count = async ({ contract }: typeof east, id: string, by = 1): Promise<Accepted> => {
      const answer = await running.client.ask(contract, id, contract.commands.Count({ by }))
      assert.ok(answer.kind === "accepted")
      return answer
    }
    const ask = async (path: string, headers: Record<string, string>) => {
      const response = await running.fetch(path, { headers })
      return { status: response.status, body: await response.json() as unknown }
    }

    test("over HTTP, by key and by query, with a position of each context", async () => {
      for (let sum = 1; sum <= 20; sum++) {
        const [one, other] = await Promise.all([count(east, "h"), count(west, "h")])
        const headers = { "Leftfold-After": `${one.position},${other.position}` }
        assert.deepEqual((await ask("/both/all?id=h", headers)).body, { east: sum, west: sum })
        assert.deepEqual((await ask("/both/sums/h", headers)).body, { id: "h", sum: 2 * sum })
      }
    })

    test("over NATS, by key and by query, with a position of each context", async () => {
      const [one, other] = await Promise.all([count(east, "n"), count(west, "n", 2)])
      const headers = { [HEADER.after]: `${one.position}, ${other.position}` }
      const reply = async (name: string, params: object) => {
        const subject = querySubject(name)
        const got = await requestOf(running.wire, subject, encode("json", params), headers, 5_000)
        assert.ok(got.type === "reply")
        return JSON.parse(new TextDecoder().decode(got.payload)) as unknown
      }
      assert.deepEqual(await reply(All.name, { id: "n" }), { east: 1, west: 2 })
      assert.deepEqual(await reply(Both.name, { key: "n" }), { id: "n", sum: 3 })
      assert.deepEqual(await reply(West.name, { key: "n" }), { id: "n", sum: 2 })
    })

    test("only contexts that the query reads are waited for", async () => {
      const { position } = await count(east, "o")
      const headers = { "Leftfold-After": `${position},west:999999,elsewhere:7`, Prefer: "wait=0" }
      assert.deepEqual(await ask("/east/sums/o", headers), {
        status: 200,
        body: { id: "o", sum: 1 },
      })
      // West has no such position, and so none of those that read it waits for it.
      assert.equal((await ask("/both/sums/o", headers)).status, 422)
      assert.equal((await ask("/both/all?id=o", headers)).status, 422)
    })

    test("a view that does not come in time says how far it is", async () => {
      const [one, other] = [await count(east, "s"), await count(west, "s")]
      await running.caughtUp(one, other)
      const soon = next(one)
      const headers = { "Leftfold-After": soon, Prefer: "respond-async, wait=1" }
      const begun = performance.now()
      const { status, body } = await ask("/both/all?id=s", headers)
      const tookMs = performance.now() - begun
      const { title, at, asked } = body as Problem
      assert.deepEqual([status, title, asked], [504, "StaleView", soon])
      assert.deepEqual(parsePositions(String(at)), parsePositions(one.position))
      assert.ok(tookMs > 900 && tookMs < 3_000, `${tookMs} ms`)
    })

    test("after caughtUp every view shows what was done, in whatever context", async () => {
      for (let sum = 1; sum <= 20; sum++) {
        const [one, other] = await Promise.all([count(east, "c"), count(west, "c")])
        await running.caughtUp(one)
        assert.deepEqual((await ask("/east/sums/c", {})).body, { id: "c", sum })
        await running.caughtUp(one, other)
        assert.deepEqual((await ask("/west/sums/c", {})).body, { id: "c", sum })
        assert.deepEqual((await ask("/both/sums/c", {})).body, { id: "c", sum: 2 * sum })
        assert.deepEqual((await ask("/both/all?id=c", {})).body, { east: sum, west: sum })
      }
      await running.caughtUp()
      await running.caughtUp({ position: "elsewhere:999999" })
    })

    test("caughtUp fails when a view does not come in time", async () => {
      const stale = (error: unknown) => isFailure(error) && error._tag === "StaleView"
      await assert.rejects(running.caughtUp({ position: next(await count(west, "f")) }), stale)
    })
  })
}

tests("in memory", () => App.inMemory(app))

tests("on real servers", async () => {
  const servers = await createNamespace()
  return await App.start(app, { ...servers, port: 0 })
})
