/** Tests of applications that follow another one: they read its log, and write nothing of its. */
import assert from "node:assert/strict"
import { Schema } from "effect"
import { ask, Policy } from "../../actors/internal.ts"
import { Contract } from "../../contracts/internal.ts"
import { Projection } from "../../projections/internal.ts"
import { simulation } from "../../simulation/mod.ts"
import { createNamespace } from "../../testing/namespace.ts"
import { startProgram } from "../../testing/program.ts"
import type { TestScope } from "../../testing/temporary-folder.ts"
import { test } from "../../testing/test.ts"
import { until } from "../../testing/until.ts"
import { natsWire } from "../../wire/internal.ts"
import { connectClient } from "../../wire/client/mod.ts"
import { jetstreamManager } from "@nats-io/jetstream"
import { Letters, Loans } from "../fixtures/library.ts"
import { Books, club, Members } from "../fixtures/reading-club.ts"
import { withinContexts } from "../app.ts"
import { App } from "../mod.ts"
import { checkSchemas } from "../schema/check.ts"
import { NOTHING_LOCKED } from "../schema/folder.ts"
import { lockApp } from "../schema/lock-app.ts"

const { Lent, Returned } = Loans.events

test("an application has the contexts that it writes, and reads those that it follows", () => {
  assert.deepEqual([club.contexts, club.contracts], [["club"], ["club.member"]])
  assert.deepEqual(withinContexts(club, ["club"]).follows, [Loans])
})

test("what cannot be followed is refused where the application is defined", () => {
  const list = (name: string) =>
    Projection.define(name, {
      from: [Loans],
      row: { id: Schema.String },
      key: "id",
      on: { Lent: (_row, _event, { id }) => ({ id }) },
    })
  const projections = [list("club.loans")]
  assert.throws(() => App.define("x", { projections }), /add the contract to the option follows/)
  assert.throws(() => App.define("x", { follows: [Loans, Loans], projections }), /loan twice/)
  assert.throws(() => App.define("x", { follows: [{}] as never }), /number 1 is no contract/)
  const inIts = { follows: [Loans], projections: [list("library.loans")] }
  assert.throws(() => App.define("x", inIts), /a projection of its own in it, library.loans/)
  const policies = [Policy.define("library.echo", { from: [Loans], on: {} })]
  assert.throws(() => App.define("x", { follows: [Loans], policies }), /a policy of its own/)
  const { actors } = App.define("y", { actors: club.actors })
  assert.throws(() => App.define("x", { follows: [Members], actors }), /an actor of its own/)
})

test("in memory, events that happen elsewhere reach policies and views", async (t) => {
  const app = await App.inMemory(club)
  t.after(app.stop)
  const rowOf = (id: string) => app.client.queryPlain("club.books", { key: id })
  await app.caughtUp(app.happened(Loans, "b-1", Lent({ to: "ada" })))
  assert.deepEqual((await rowOf("b-1")).result, { id: "b-1", to: "ada", points: 1 })
  app.happened(Loans, "b-1", Returned(), Lent({ to: "bob" }))
  await app.settled()
  assert.deepEqual((await rowOf("b-1")).result, { id: "b-1", to: "bob", points: 2 })
  const newer = Contract.define("library.loan", {
    commands: {},
    events: { Lent: { to: Schema.String }, Overdue: { days: Schema.Int } },
  })
  const { Overdue, Lent: LentByNewer } = newer.events
  app.happened(newer, "b-1", Overdue({ days: 3 }), LentByNewer({ to: "eve" }))
  await app.settled()
  const known = { id: "b-1", to: "eve", points: 3 }
  assert.deepEqual(
    (await rowOf("b-1")).result,
    known,
    "an event that is not known here is left out",
  )
  assert.throws(() => app.happened(Members, "ada", Members.events.Left()), /does not follow club/)
  assert.throws(() => app.happened(Loans, "b-1"), /say which events/)
  assert.throws(() => app.happened(Loans, "b-1", Lent({ to: 7 as never })), /to/)
  await assert.rejects(app.client.ask(Loans, "b-1", Loans.commands.Return()), /no actor of library/)
})

test("a policy cannot send commands to what the application only follows", async (t) => {
  const policies = [
    Policy.define("club.meddler", {
      from: [Loans],
      on: { Lent: (_event, { id }) => ask(Loans, id, Loans.commands.Return()) },
    }),
  ]
  const app = await App.inMemory(App.define("club", { follows: [Loans], policies }))
  t.after(app.stop)
  app.happened(Loans, "b-1", Lent({ to: "ada" }))
  await until(async () => /only follows library/.test(JSON.stringify(await app.health())))
})

test("a simulation lets any event happen elsewhere, or those that it is told", async () => {
  const seen = new Set<string>()
  await simulation(club, {
    atRest: (world) => {
      for (const id of world.ids(Loans)) {
        for (const { type } of world.events(Loans, id)) seen.add(type)
      }
    },
  }).check({ seeds: 20 })
  assert.deepEqual([...seen].sort(), ["Lent", "Returned"])
  const told = simulation(club, {
    calls: [{ happens: () => ({ contract: Loans, id: "b-1", event: Lent({ to: "ada" }) }) }],
    atRest: (world) => {
      const [row] = world.rows(Books)
      if (row) assert.equal(row.points, world.events(Loans, "b-1").length + 1)
    },
  })
  await assert.rejects(told.check({ seeds: 1 }), /Lent .* happens in another application/)
  const wrong = simulation(club, {
    calls: [{ happens: () => ({ contract: Letters, id: "x", event: Lent({ to: "ada" }) }) }],
  })
  await assert.rejects(wrong.check({ seeds: 1 }), /does not follow letter-box.letter/)
  assert.throws(() => simulation(club, { calls: [{}] }), /call 1 needs ask or happens/)
})

test("of a followed contract the events are locked, and only read", () => {
  const { locks } = lockApp(club, NOTHING_LOCKED)
  const locked = locks.contracts.get("library.loan")!
  assert.deepEqual([Object.keys(locked.events), locked.commands], [["Lent", "Returned"], {}])
  const sound = checkSchemas(club, locks, { values: 50 })
  assert.deepEqual([sound.findings.filter((each) => each.severity !== "notes"), sound.unlocked], [
    [],
    [],
  ])
  const changed = Contract.define("library.loan", {
    commands: { Lend: { to: Schema.Int } },
    events: { Lent: { to: Schema.Int } },
  })
  const books = Projection.define("club.books", {
    from: [changed],
    row: { id: Schema.String, to: Schema.Int },
    key: "id",
    on: { Lent: (_row, { to }, { id }) => ({ id, to }) },
  })
  const after = App.define("club", { follows: [changed], projections: [books] })
  const { findings } = checkSchemas(after, locks, { values: 50 })
  const broken = findings.filter(({ severity }) => severity === "breaks")
  const told = new Map(broken.map(({ subject, message }) => [subject, message]))
  assert.ok(told.has("library.loan Lent v1"), "what is in the other's log cannot be read")
  assert.match(told.get("library.loan Returned") ?? "", /was in the followed contract/)
  assert.ok(!told.has("library.loan"), "the contract itself is not gone")
  assert.ok(broken.every(({ direction }) => direction === "back"), "nothing is written here")
})

const startLibrary = async (scope: TestScope, natsUrl: string) => {
  const program = startProgram(scope, "testing/start-library.ts", {
    ...{ NATS_URL: natsUrl, LEFTFOLD_PREFIX: "lib", ROLES: "provision,actors" },
  })
  await program.untilOutput(/library runs/)
  return program
}

test("a follower waits for the log, under any prefix, and writes nothing", async (t) => {
  const { natsUrl, databaseUrl } = await createNamespace()
  const options = { natsUrl, databaseUrl, port: 0, prefix: "club", followedPrefix: "lib" }
  const counting = Policy.define("club.counting", {
    from: [Loans],
    on: { Lent: () => ask(Members, "count", Members.commands.Leave()) },
    start: "now",
  })
  const { follows, actors, projections } = club
  const policies = [...club.policies, counting]
  const app = await App.start(
    App.define("club", { follows, actors, projections, policies }),
    options,
  )
  t.after(app.stop)
  const waits = async () => JSON.stringify(await app.health())
  assert.match(await waits(), /club.points library: the log of library, .*cannot be read/)
  await until(async () => /club.books.*the log of library, .*Start that app/.test(await waits()))
  assert.equal((await app.health()).ready, false)

  const program = await startLibrary(t, natsUrl)
  const library = await connectClient({ url: natsUrl, prefix: "lib" })
  t.after(library.close)
  const lent = await library.ask("library.loan", "b-1", "Lend", { to: "ada" })
  assert.equal(lent.kind, "accepted")
  const rowOf = async () => {
    const answer = await app.fetch("/club/books/b-1")
    return answer.ok ? await answer.json() as { to: string; points: number } : undefined
  }
  await until(async () => (await rowOf())?.points === 1)
  await until(async () => (await app.health()).ready)
  assert.equal((await rowOf())?.to, "ada")

  const wire = await natsWire({ url: natsUrl, name: "observer" })
  t.after(wire.close)
  const { streams, consumers } = await jetstreamManager(wire.connection)
  const log = await streams.info("lib_library")
  assert.equal(log.state.last_seq, 1, "nothing but the loan is in the other application's log")
  for await (const { config } of streams.list()) {
    assert.doesNotMatch(config.name, /^club_library/, "no stream of a followed context is made")
  }
  const positions: string[] = []
  for await (const { name } of consumers.list("lib_library")) positions.push(name)
  assert.ok(positions.includes("club_policy_club_points"), positions.join())

  program.send("SIGTERM")
  await program.exited
  for await (const { config } of streams.list()) {
    if (/^(KV_)?lib_/.test(config.name)) await streams.delete(config.name)
  }
  await until(async () => /club.points library: the log of library,/.test(await waits()))
  await startLibrary(t, natsUrl)
  const pointsOf = async () => {
    const { state } = await (await app.fetch("/club/member/ada")).json() as { state: number }
    return state
  }
  assert.equal(await pointsOf(), 1)
  // The same command, in the same position of another log.
  await library.ask("library.loan", "b-1", "Lend", { to: "ada" })
  await until(async () => await pointsOf() === 2)
  // To a policy that starts now, all events of a log are new that was not there before.
  const counted = async () => (await app.fetch("/club/member/count")).headers.get("ETag")
  await until(async () => await counted() === '"2"')
  assert.match(await waits(), /club.books.{0,400}(?:again|another|not the)/)
})
