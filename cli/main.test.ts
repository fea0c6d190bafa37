/** Tests of the command line as a person uses it: the program as a process, on real servers. */
import assert from "node:assert/strict"
import { test } from "../testing/test.ts"
import { jetstreamManager } from "@nats-io/jetstream"
import { natsWire } from "../wire/internal.ts"
import { createNamespace } from "../testing/namespace.ts"
import { Operator, startLeftfold } from "./fixtures/operator.ts"
import { until } from "../testing/until.ts"

const crate = (index: number, count = index % 10): [string, number] => [`c-${index}`, count]

const several = (count: number) => Array.from({ length: count }, (_, index) => crate(index))

const opened = async (t: Parameters<typeof Operator.open>[0]) =>
  Operator.open(t, await createNamespace())

/** An operator whose application has folded this many crates, each filled once. */
const filled = async (t: Parameters<typeof Operator.open>[0], count: number) => {
  const operator = await opened(t)
  await operator.fill(several(count))
  await operator.work()
  return operator
}

test("streams are made once; differences are printed, and changed only when asked", async (t) => {
  const operator = await opened(t)
  const streams = ["yard", "yard_snapshots", "yard_timers", "KV_leftfold-nodes"]
  const dry = await operator.run("provision", "--dry-run")
  assert.equal(dry.code, 0)
  for (const stream of streams.slice(0, 3)) {
    assert.match(dry.stdout, new RegExp(`${stream}: missing`))
  }
  const [before] = await operator.json(0, "provision", "--dry-run")
  assert.deepEqual(before.made, [])
  const [made] = await operator.json(0, "provision")
  assert.equal(made.made.length, 4)
  assert.match((await operator.run("provision")).stdout, /everything is as it should be/)

  const environment = { LEFTFOLD_COMPRESSION: "true" }
  const differing = await operator.start(["provision"], environment).ran
  assert.match(differing.stdout, /yard: compression is "none", not "s2"/)
  assert.match(differing.stdout, /provision --update/)
  const changed = await operator.start(["provision", "--update"], environment).ran
  assert.match(changed.stdout, /changed 3 streams/)
  assert.match((await operator.start(["provision"], environment).ran).stdout, /as it should be/)
})

test("views are listed with their rows, their checkpoint and their lag", async (t) => {
  const operator = await opened(t)
  assert.match((await operator.run("provision")).stdout, /made/)
  assert.match((await operator.run("projections")).stdout, /crate-list has not been made yet/)
  assert.equal((await operator.run("projections", "--own")).code, 1)
  await operator.fill(several(20))
  await operator.work()
  await operator.sql`update leftfold.lane set positions = positions`
  const [[view]] = await operator.json(0, "projections")
  const { version: _, ...rest } = view
  assert.deepEqual(rest, {
    name: "yard.crate-list",
    generation: 1,
    state: "serving",
    current: true,
    rows: 20,
    positions: rest.positions,
    lanes: rest.lanes,
    lag: rest.lag,
    parkedKeys: 0,
    parkedEvents: 0,
  })
  const { stdout } = await operator.run("projections")
  assert.match(stdout, /^PROJECTION +GENERATION +VERSION +STATE +ROWS +CHECKPOINT +LAG/)
  assert.match(stdout, /yard\.crate-list +1 +[0-9a-f]{8} +serving +20 +yard:20 +0 +0\.0 s/)
  assert.deepEqual(await operator.run("projections", "--own"), { code: 0, stdout: "", stderr: "" })
  await operator.sql`update leftfold.generation set version = 'older'`
  const older = await operator.run("projections", "--own")
  assert.equal(older.code, 1)
  assert.match(older.stdout, /^yard\.crate-list: version [0-9a-f]{8} does not serve\n$/)
})

test("a view is rebuilt, rolled back to, and dropped", async (t) => {
  const operator = await filled(t, 500)
  const rebuilt = await operator.run("rebuild", "crate-list")
  assert.equal(rebuilt.code, 0, rebuilt.stderr)
  assert.match(rebuilt.stdout, /yard\.crate-list generation 2 serves, with 500 rows, after/)
  assert.match(rebuilt.stderr, /100 % .* commits\/s/)
  const [back] = await operator.json(0, "rollback", "yard.crate-list")
  assert.deepEqual([back.generation, back.state], [1, "serving"])
  const states = async () => {
    const [views] = await operator.json(0, "projections")
    return views.map((view: { state: string }) => view.state)
  }
  assert.deepEqual(await states(), ["serving", "refused"])
  const none = await operator.run("rollback", "crate-list")
  assert.equal(none.code, 1)
  assert.match(none.stderr, /has no previous generation/)
  assert.deepEqual(await operator.json(0, "drop", "crate-list"), [
    { name: "yard.crate-list", dropped: [2] },
  ])
  assert.match((await operator.run("drop", "crate-list")).stdout, /no generation to drop/)
  const [started] = await operator.json(0, "rebuild", "crate-list", "--no-wait")
  assert.deepEqual(started, { name: "yard.crate-list", generation: 3, state: "building" })
})

test("reconcile lists drift and exits with 1, and the drift is gone after a repair", async (t) => {
  const operator = await filled(t, 100)
  const clean = await operator.run("reconcile", "crate-list")
  assert.equal(clean.code, 0)
  assert.match(clean.stdout, /generation 1 at yard:100: 100 rows, all as the log gives them/)
  await operator.sql`update yard.crate_list set sum = -1, times = 9 where id = 'c-5'`
  await operator.sql`delete from yard.crate_list where id = 'c-6'`
  await operator.sql`insert into yard.crate_list values ('invented', 1, 1)`
  const found = await operator.run("reconcile", "crate-list")
  assert.equal(found.code, 1)
  assert.match(found.stdout, /100 rows, 1 missing, 1 extra, 1 different/)
  assert.match(found.stdout, /different +c-5: sum, times +\(last touched at yard:6\)/)
  const lines = await operator.json(1, "reconcile", "crate-list")
  assert.deepEqual(lines.slice(0, 3), [
    { key: "c-5", kind: "different", columns: ["sum", "times"], last: "yard:6" },
    { key: "c-6", kind: "missing", last: "yard:7" },
    { key: "invented", kind: "extra" },
  ])
  assert.equal(lines[3].drifted, 3)
  const repaired = await operator.run("reconcile", "crate-list", "--repair")
  assert.equal(repaired.code, 0)
  assert.match(repaired.stdout, /repaired 3 rows/)
  assert.equal((await operator.run("reconcile", "crate-list")).code, 0)
})

test("a comparison that is killed leaves nothing behind", async (t) => {
  const operator = await filled(t, 8_000)
  const shadows = async () => {
    const found = await operator.sql`select from pg_class where relname in ('seen', 'shadow')`
    return found.length
  }
  const { child, ran } = operator.start(["reconcile", "crate-list"])
  let ended = false
  void ran.then(() => ended = true)
  await until(async () => !(!ended && await shadows() < 2))
  child.kill("SIGKILL")
  assert.equal((await ran).code, 128)
  await until(async () => await shadows() === 0)
  assert.equal((await operator.run("reconcile", "crate-list")).code, 0)
})

test("parked events are listed, retried by a corrected program, or discarded", async (t) => {
  const operator = await opened(t)
  await operator.fill([crate(1, 1), crate(1, 13), crate(1, 2), crate(2, 13), crate(2, 5)])
  await operator.work()
  const [events] = await operator.json(0, "parked", "crate-list")
  assert.deepEqual(
    events.map((event: Record<string, unknown>) => [event.key, event.position, event.error]),
    [
      ["c-1", "yard:2", "Error: thirteen is unlucky"],
      ["c-1", "yard:3", undefined],
      ["c-2", "yard:4", "Error: thirteen is unlucky"],
      ["c-2", "yard:5", undefined],
    ],
  )
  const { stdout } = await operator.run("parked")
  assert.match(stdout, /4 events parked: correct the handler/)
  const again = await operator.run("retry", "crate-list", "c-1")
  assert.equal(again.code, 1)
  assert.match(again.stdout, /2 events still parked: Error: thirteen is unlucky/)
  const corrected = { CRATES_CORRECTED: "yes" }
  const retried = await operator.start(["retry", "crate-list", "c-1"], corrected).ran
  assert.equal(retried.code, 0, retried.stdout)
  assert.match(retried.stdout, /2 events no longer parked/)
  const discarded = await operator.run("retry", "crate-list", "c-2", "--discard")
  assert.match(discarded.stdout, /2 events no longer parked, one of them discarded/)
  const rows = await operator.sql`select id, sum from yard.crate_list order by id`
  assert.deepEqual(rows.map(({ id, sum }) => [id, sum]), [["c-1", 16], ["c-2", 5]])
  assert.match((await operator.run("parked")).stdout, /nothing is parked/)
  const nothing = await operator.run("retry", "crate-list", "c-2")
  assert.equal(nothing.code, 1)
  assert.match(nothing.stderr, /has nothing parked under "c-2"/)
})

test("parked events are listed up to a limit, and the rest is counted", async (t) => {
  const operator = await opened(t)
  await operator.fill([crate(1, 13)])
  await operator.work()
  const [[first]] = await operator.json(0, "parked", "crate-list")
  const { generation } = first
  // As if very many events were parked, each under its own key.
  await operator.sql`
    insert into leftfold.parked
      (projection, generation, key, context, sequence, index, type, actor, error, parked_at)
    select projection, generation, 'k-' || n, context, sequence + n, index, type, actor,
      error, parked_at
    from leftfold.parked, generate_series(1, 1500) as n`
  const [listed] = await operator.json(0, "parked", "crate-list")
  assert.equal(listed.length, 1_001)
  assert.deepEqual(listed.at(-1), { projection: "yard.crate-list", generation, leftOut: 501 })
  const { stdout } = await operator.run("parked")
  assert.match(stdout, /not listed here: 501 more events of yard\.crate-list, generation \d+\n/)
  assert.match(stdout, /1,501 events parked: correct the handler/)
})

test("health shows what the roles report, and a role without a process is not ready", async (t) => {
  const operator = await opened(t)
  const before = await operator.run("health")
  assert.equal(before.code, 1)
  assert.match(before.stdout, /actors +broken +no process with this role is running/)
  await operator.run("provision")
  await operator.fill([crate(1, 1)])
  await operator.work()
  const [health] = await operator.json(0, "health")
  assert.equal(health.ready, true)
  assert.equal(health.projections.projections[0].name, "yard.crate-list")
  assert.match((await operator.run("health")).stdout, /projections +ready/)
})

test("health reports streams that are missing, full or nearly full", async (t) => {
  const namespace = await createNamespace()
  const operator = await Operator.open(t, namespace)
  await operator.json(0, "provision")
  await operator.work()
  assert.match((await operator.run("health")).stdout, /storage +ready/)
  const wire = await natsWire({ url: namespace.natsUrl, name: "test" })
  t.after(() => wire.close())
  const { streams } = await jetstreamManager(wire.connection, { checkAPI: false })
  await operator.fill([crate(1, 1)])
  const { state } = await streams.info("yard")
  await streams.update("yard", { max_bytes: Math.ceil(state.bytes / 0.9) })
  const [near] = await operator.json(0, "health")
  assert.deepEqual(near.storage, {
    ready: false,
    degraded: true,
    status: "degraded",
    troubles: [],
    warnings: ["the room of the stream yard (max_bytes) is used to 89 %"],
  })
  await streams.update("yard", { max_bytes: state.bytes })
  await streams.delete("yard_timers")
  const bad = await operator.run("health")
  assert.equal(bad.code, 1)
  assert.match(bad.stdout, /storage +broken +the room of the stream yard \(max_bytes\) is full; /)
  assert.match(bad.stdout, /the stream yard_timers is missing/)
  const monitored = await operator.start(["health"], {
    NATS_MONITOR_URL: "http://ada:s3cret@127.0.0.1:9",
  }).ran
  assert.equal(monitored.code, 1)
  assert.match(
    monitored.stdout,
    /the monitoring pages at http:\/\/\*{3}@127\.0\.0\.1:9 cannot be read/,
  )
  assert.doesNotMatch(monitored.stdout, /s3cret/)
})

test("a mistake on the command line is answered with a suggestion", async (t) => {
  const operator = await filled(t, 1)
  const mistyped = await operator.run("reconcile", "crate-lst")
  assert.equal(mistyped.code, 1)
  assert.match(mistyped.stderr, /crates has no projection "crate-lst": did you mean "crate-list"\?/)
  const unknown = await operator.run("rebuild", "customers")
  assert.match(unknown.stderr, /no projection "customers"; it has yard\.crate-list/)
  const command = await operator.run("rebiuld", "crate-list")
  assert.equal(command.code, 2)
  assert.match(command.stdout + command.stderr, /Did you mean this\?\s+rebuild/)
  assert.equal((await operator.run("reconcile")).code, 2)
  assert.match((await operator.run("--help")).stdout, /reconcile +Folds the log again/)
  assert.match((await operator.run("--version")).stdout, /\d+\.\d+\.\d+/)
})

test("the message about something missing says how to provide it", async () => {
  const nowhere = {
    NATS_URL: "nats://u:secret@127.0.0.1:1",
    LEFTFOLD_APP: "cli/fixtures/crates.ts",
  }
  const nats = await startLeftfold(["health"], nowhere).ran
  assert.equal(nats.code, 1)
  assert.match(nats.stderr, /NATS at 127\.0\.0\.1:1 cannot be reached .* NATS_URL/)
  const database = "postgres://u:secret@127.0.0.1:1/x"
  const postgres = await startLeftfold(["parked"], { ...nowhere, DATABASE_URL: database }).ran
  assert.match(postgres.stderr, /Postgres cannot be reached: .*127\.0\.0\.1:1\/x: .* DATABASE_URL/)
  assert.doesNotMatch(nats.stderr + postgres.stderr, /secret/)
  for (const setting of ["NATS_URL", "DATABASE_URL"]) {
    const wrong = await startLeftfold(["rebuild", "x"], { ...nowhere, [setting]: "secret" }).ran
    assert.match(wrong.stderr, new RegExp(`^leftfold: ${setting} is no address of`))
    assert.doesNotMatch(wrong.stderr, /secret/)
    assert.equal(wrong.code, 1)
  }
  const app = await startLeftfold(["parked", "--app", "cli/print.ts"], nowhere).ran
  assert.match(app.stderr, /cli\/print\.ts exports nothing made by App\.define/)
  const file = await startLeftfold(["parked", "--app", "no/such.ts"], nowhere).ran
  assert.match(file.stderr, /there is no module no\/such\.ts .* name its module with --app/)
})
