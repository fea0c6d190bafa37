/** Live queries through the whole system: in memory, and through two gateways on real servers. */
import assert from "node:assert/strict"
import { after, before, describe } from "node:test"
import { test } from "../testing/test.ts"
import { Schema } from "effect"
import { Actor } from "../actors/internal.ts"
import { App } from "../app/mod.ts"
import type { RunningApp } from "../app/running.ts"
import { type Accepted, natsWire } from "../wire/internal.ts"
import { Contract, hasReached, parsePositions, Query } from "../contracts/internal.ts"
import {
  natsFeed,
  postgresStore,
  Projection,
  QueryHandler,
  reconcile,
} from "../projections/internal.ts"
import { connect } from "../projections/postgres/connection-postgres.ts"
import { createNamespace } from "../testing/namespace.ts"
import { ownNats, ownPostgres } from "../testing/own-servers.ts"
import { type Events, eventsOf, watching } from "./fixtures/events.ts"

const Notes = Contract.define("desk.note", {
  commands: { Write: { text: Schema.String }, Burn: {} },
  events: { Written: { text: Schema.String }, Burnt: {} },
})

const note = Actor.define(Notes, {
  initial: { text: "" },
  decide: {
    Write: (_state, { text }) => Notes.events.Written({ text }),
    Burn: () => Notes.events.Burnt(),
  },
  evolve: { Written: (_state, { text }) => ({ text }), Burnt: () => ({ text: "" }) },
})

const row = { id: Schema.String, text: Schema.String }

const NoteList = Projection.define("desk.note-list", {
  from: [Notes],
  row,
  key: "id",
  on: { Written: (_row, { text }, { id }) => ({ id, text }), Burnt: () => undefined },
})

const Saying = Query.define("desk.saying", {
  params: { text: Schema.String },
  result: Schema.Array(Schema.Struct(row)),
})

const saying = QueryHandler.define(Saying, {
  from: [NoteList],
  sql: ({ text }, { sql, view }) =>
    sql`select * from ${view(NoteList)} where text = ${text} order by id`,
  memory: ({ text }, { rows }) =>
    rows(NoteList).filter((each) => each.text === text).sort((a, b) => a.id < b.id ? -1 : 1),
})

const desk = App.define("desk", { actors: [note], projections: [NoteList], queries: [saying] })

const { Write, Burn } = Notes.commands

/** The next event that shows something else. */
const nextShown = async (events: Events) => {
  for (;;) {
    const event = await events.next()
    if (event?.event !== "position") return event
  }
}

/** Reads on until an event says that the stream is as far as this. */
const untilAt = async (events: Events, position: string) => {
  for (;;) {
    const event = await events.next()
    assert.ok(event, "the stream has ended")
    if (event.id !== undefined && hasReached(parsePositions(event.id), parsePositions(position))) {
      return event
    }
  }
}

/** Reads on until an event is as expected; what came before it must have been on the way there. */
const until = async (events: Events, expected: (data: unknown) => boolean) => {
  for (;;) {
    const event = await events.next()
    assert.ok(event, "the stream has ended")
    if (expected(event.data)) return event
  }
}

const liveTests = (where: string, open: () => Promise<readonly RunningApp[]>) => {
  describe(`live queries ${where}`, () => {
    let apps: readonly RunningApp[] = []
    before(async () => {
      apps = await open()
    })
    after(async () => {
      for (const app of [...apps].reverse()) await app.stop()
    })

    const order = async (id: string, command: ReturnType<typeof Write | typeof Burn>) => {
      const answer = await apps[0]!.client.ask(Notes, id, command)
      assert.ok(answer.kind === "accepted")
      return answer.position
    }
    /** The same stream from each of the gateways. */
    const watch = async (path: string, headers: Record<string, string> = {}) =>
      await Promise.all(
        apps.map(async ({ fetch }) => eventsOf(await fetch(path, watching(headers)))),
      )
    const leave = (all: readonly Events[]) => Promise.all(all.map((events) => events.leave()))

    test("a row is shown as it is, then as it changes, goes and comes back", async () => {
      const written = await order("a", Write({ text: "one" }))
      const all = await watch("/desk/note-list/a", { "Leftfold-After": written })
      const see = (event: string, data: unknown) =>
        Promise.all(all.map(async (events) => {
          const seen = await nextShown(events)
          assert.deepEqual([seen?.event, seen?.data], [event, data])
        }))
      await see("message", { id: "a", text: "one" })
      await order("a", Write({ text: "two" }))
      await see("message", { id: "a", text: "two" })
      await order("b", Write({ text: "elsewhere" }))
      await order("a", Burn())
      await see("gone", null)
      await order("a", Write({ text: "three" }))
      await see("message", { id: "a", text: "three" })
      await leave(all)
    })

    test("what was written is there once the stream says that it is that far", async () => {
      const all = await watch("/desk/note-list/far")
      for (let count = 1; count <= 10; count++) {
        const text = String(count)
        await order("far", Burn())
        const position = await order("far", Write({ text }))
        for (const events of all) await untilAt(events, position)
        const rows = await Promise.all(apps.map(({ fetch }) => fetch("/desk/note-list/far")))
        for (const row of rows) assert.equal((await row.json() as { text: string }).text, text)
      }
      await leave(all)
    })

    test("a row that is not there yet can be watched", async () => {
      const id = "urn:later/J\u00fcrgen <ada@example.com>"
      const all = await watch(`/desk/note-list/${encodeURIComponent(id)}`)
      for (const events of all) assert.equal((await nextShown(events))?.event, "gone")
      await order(id, Write({ text: "here" }))
      for (const events of all) {
        assert.deepEqual((await nextShown(events))?.data, { id, text: "here" })
      }
      await leave(all)
    })

    test("a query is shown again when its answer changes, and only then", async () => {
      const all = await watch("/desk/saying?text=hello")
      for (const events of all) assert.deepEqual((await nextShown(events))?.data, [])
      await order("q-1", Write({ text: "other" }))
      await order("q-2", Write({ text: "hello" }))
      const expected = [{ id: "q-2", text: "hello" }]
      for (const events of all) assert.deepEqual((await nextShown(events))?.data, expected)
      await leave(all)
    })

    test("a stream goes on at another gateway where it ended, with nothing gone back", async () => {
      const [first, ...others] = await watch("/desk/note-list/r")
      await first!.next()
      await order("r", Write({ text: "one" }))
      const { id } = await until(first!, (data) => data !== null)
      await leave([first!, ...others])
      const position = await order("r", Write({ text: "two" }))
      const again = await watch("/desk/note-list/r", { "Last-Event-ID": position })
      for (const events of again) {
        const event = await events.next()
        assert.deepEqual(event?.data, { id: "r", text: "two" })
        assert.ok(Number(event?.id?.split(":")[1]) > Number(id?.split(":")[1]))
      }
      await leave(again)
    })

    test("the last of many quick changes is always shown", async () => {
      const all = await watch("/desk/note-list/quick")
      // Read meanwhile, as who leaves a stream unread for long is cut off.
      const shown = Promise.all(
        all.map((events) =>
          until(events, (data) => (data as { text: string } | null)?.text === "300")
        ),
      )
      for (let count = 1; count <= 300; count++) await order("quick", Write({ text: `${count}` }))
      await shown
      await leave(all)
    })

    test("what cannot be asked is a stream that says so, and ends", async () => {
      const { fetch } = apps[0]!
      assert.equal((await fetch("/desk/nothing", watching())).status, 404)
      const paths: [string, Record<string, string>][] = [
        ["/desk/saying", {}],
        ["/desk/note-list/a?key=b", {}],
        ["/desk/note-list/a", { "Leftfold-After": "yesterday" }],
      ]
      for (const [path, headers] of paths) {
        const events = eventsOf(await fetch(path, watching(headers)))
        const first = await events.next()
        const { status } = first?.data as { status: number }
        assert.deepEqual([first?.event, status], ["problem", 422], path)
        assert.equal(await events.next(), undefined, `${path} keeps no place`)
        await events.leave()
      }
      for (const last of ["yesterday", "elsewhere:7", ""]) {
        const headers = { "Last-Event-ID": last }
        const [events] = await watch("/desk/note-list/none", headers)
        assert.equal((await events!.next())?.event, "gone", last)
        await events!.leave()
      }
    })
  })
}

liveTests("in memory", async () => [await App.inMemory(desk)])

liveTests("through two gateways", async () => {
  const servers = await createNamespace()
  const inside = ["provision", "actors", "projections", "policies"] as const
  const start = (roles: typeof inside | readonly ["gateway"]) =>
    App.start(desk, { ...servers, roles, port: 0 })
  const first = await start(inside)
  return [first, await start(["gateway"]), await start(["gateway"])]
})

test("a stream over HTTP outlives an outage of NATS and of Postgres", async (t) => {
  const [nats, postgres] = await Promise.all([ownNats(t), ownPostgres(t)])
  const app = await App.start(desk, { natsUrl: nats.url, databaseUrl: postgres.url, port: 0 })
  t.after(() => app.stop())
  const write = async (text: string): Promise<Accepted> => {
    const answer = await app.client.ask(Notes, "a", Write({ text })).catch(() => write(text))
    assert.ok(answer.kind === "accepted")
    return answer
  }
  await app.caughtUp(await write("one"))
  const events = eventsOf(await fetch(`${app.url}/desk/note-list/a`, watching()))
  const shows = (text: string) =>
    until(events, (data) => (data as { text?: string } | null)?.text === text)
  await shows("one")
  await nats.kill()
  await until(events, (data) => (data as { title?: string }).title === "Unavailable")
  await nats.restart()
  await write("two")
  await shows("two")
  await postgres.kill()
  await write("three")
  await postgres.restart()
  await shows("three")
  await events.leave()
})

test("a row that had drifted is shown as it should be once it is repaired", async (t) => {
  const { natsUrl, databaseUrl } = await createNamespace()
  const app = await App.start(desk, { natsUrl, databaseUrl, port: 0 })
  t.after(() => app.stop())
  await app.caughtUp(await app.client.ask(Notes, "a", Write({ text: "right" })))
  const sql = connect(databaseUrl, 1)
  const [wire, store] = [
    await natsWire({ url: natsUrl, name: "repair" }),
    postgresStore(databaseUrl),
  ]
  t.after(() => Promise.all([sql.end(), wire.close(), store.close()]))
  const { table } = await store.serving(NoteList.name)
  await sql.unsafe(`update ${table} set text = 'wrong'`)
  const paths = ["/desk/note-list/a", "/desk/saying?text=wrong"]
  const [row, query] = await Promise.all(
    paths.map(async (path) => eventsOf(await fetch(`${app.url}${path}`, watching()))),
  )
  assert.deepEqual((await nextShown(row!))?.data, { id: "a", text: "wrong" })
  assert.deepEqual((await nextShown(query!))?.data, [{ id: "a", text: "wrong" }])
  const options = { projection: NoteList, feed: natsFeed(wire), store, wire, databaseUrl }
  const reconciliation = await reconcile(options)
  await reconciliation.repair()
  await reconciliation.close()
  assert.deepEqual((await nextShown(row!))?.data, { id: "a", text: "right" })
  assert.deepEqual((await nextShown(query!))?.data, [])
  await Promise.all([row!.leave(), query!.leave()])
})

test("when a gateway stops, its streams say so and end at once", async () => {
  const app = await App.inMemory(desk)
  const events = eventsOf(await app.fetch("/desk/note-list/a", watching()))
  await events.next()
  await app.stop()
  const last = await events.next()
  assert.deepEqual([last?.event, (last?.data as { title: string }).title], [
    "problem",
    "Unavailable",
  ])
  assert.equal(await events.next(), undefined)
})
