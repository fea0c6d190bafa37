/** Tests of what an application tells about itself: its metrics. */
import assert from "node:assert/strict"
import { test } from "../testing/test.ts"
import { METRIC, METRICS, type Metrics, prometheusName, prometheusText } from "../wire/internal.ts"
import { until } from "../testing/until.ts"
import { measuredStore } from "../projections/telemetry/measured-store.ts"
import { library, Loans } from "./fixtures/library.ts"
import { App } from "./mod.ts"

const { Lend, Return } = Loans.commands

/** Each line of the metrics by name and labels. */
const linesOf = async (metrics: Metrics = METRICS): Promise<ReadonlyMap<string, number>> => {
  const lines = (await prometheusText(metrics)).split("\n")
  return new Map(
    lines.filter((line) => line !== "" && !line.startsWith("#")).map((line) => {
      const at = line.lastIndexOf(" ")
      return [line.slice(0, at), Number(line.slice(at + 1))]
    }),
  )
}

/** What only connections to servers, failures or HTTP without memory make. */
const ELSEWHERE = [
  METRIC.connected,
  METRIC.refusedReplies,
  METRIC.requestsInFlight,
  METRIC.storeDuration,
  METRIC.poolBusy,
  METRIC.poolSize,
  METRIC.refusalsWritten,
  METRIC.idsForgotten,
  METRIC.observationsFailed,
].map(prometheusName)

test("a running application measures everything in the table", async (t) => {
  const app = await App.inMemory(library)
  t.after(() => app.stop())
  const before = await linesOf()
  const grown = async (line: string) => ((await linesOf()).get(line) ?? 0) - (before.get(line) ?? 0)
  await app.client.ask(Loans, "l-1", Lend({ to: "ann" }))
  await app.client.ask(Loans, "l-1", Lend({ to: "bob" }))
  await app.client.ask(Loans, "l-2", Lend({ to: "bob" }))
  await app.client.ask(Loans, "l-2", Return())
  assert.equal((await app.fetch("/library/loan/l-1/Nonsense", { method: "POST" })).status, 404)
  await app.advance("0 seconds")
  assert.equal((await app.fetch("/library/loan-list/nobody")).status, 404)
  const outcome = (command: string) =>
    `leftfold_commands_total{leftfold_actor="library.loan",leftfold_command="${command}",` +
    'leftfold_outcome="accepted"}'
  assert.equal(await grown(outcome("Lend")), 3)
  assert.equal(await grown(outcome("Return")), 1)
  const policy = "messaging_process_duration_seconds_count{" +
    'messaging_system="nats",messaging_operation_name="process",' +
    'messaging_destination_template="evt.library.loan.{slice}.{id}",' +
    'messaging_consumer_group_name="letter-box.reminders"}'
  assert.equal(await grown(policy), 4)
  const lines = await linesOf()
  assert.ok((lines.get('leftfold_timers_waiting{leftfold_context="letter-box"}') ?? 0) >= 1)
  assert.equal(lines.get('leftfold_ready{leftfold_role="policies"}'), 1)
  assert.equal(lines.get('leftfold_broken{leftfold_role="policies"}'), 0)
  const names = Object.values(METRIC).map(prometheusName)
  const found = [...lines.keys()]
  const missing = names.filter((name) =>
    !ELSEWHERE.includes(name) && !found.some((line) => line.startsWith(name))
  )
  assert.deepEqual(missing, [])
})

test("a thousand actors and commands make not one series more", async (t) => {
  const app = await App.inMemory(library)
  t.after(() => app.stop())
  const fill = async (from: number) => {
    const ids = Array.from({ length: 500 }, (_, at) => `many-${from + at}`)
    await Promise.all(ids.map((id) => app.client.ask(Loans, id, Lend({ to: id }))))
    for (const id of ids.slice(0, 50)) await app.fetch(`/library/loan-list/${id}`)
    await app.advance("1 second")
    await until(async () => (await linesOf()).get("leftfold_commands_in_flight") === 0)
    // On a slow machine, some of them fail or are not shown yet, which are series of their own.
    const lines = [...(await linesOf()).keys()]
    return lines.filter((line) => !/error_type|status_code|leftfold_reason/.test(line))
  }
  const first = new Set(await fill(0))
  assert.deepEqual((await fill(500)).filter((line) => !first.has(line)), [])
})

test("nothing of an application is measured once it has stopped", async () => {
  const app = await App.inMemory(library)
  assert.ok((await linesOf()).has("leftfold_actors_resident"))
  await app.stop()
  assert.ok(!(await linesOf()).has("leftfold_actors_resident"))
})

test("operations of a store are measured by pool, name and failure", async () => {
  let answer = () => {}
  const store = measuredStore({ projections: 8, queries: 4 }, {
    save: () => new Promise<void>((resolve) => answer = resolve),
    row: () => Promise.reject(new RangeError("no")),
    close: () => Promise.resolve(),
  })
  const saving = store.save()
  await assert.rejects(store.row(), RangeError)
  const during = await linesOf()
  assert.equal(during.get('leftfold_postgres_operations{leftfold_pool="projections"}'), 1)
  assert.equal(during.get('leftfold_postgres_operations{leftfold_pool="queries"}'), 0)
  assert.equal(during.get('leftfold_postgres_connections_limit{leftfold_pool="queries"}'), 4)
  answer()
  await saving
  const after = await linesOf()
  assert.equal(after.get('leftfold_postgres_operations{leftfold_pool="projections"}'), 0)
  const failed = 'db_client_operation_duration_seconds_count{db_system_name="postgresql",' +
    'db_operation_name="row",error_type="RangeError"}'
  assert.ok((after.get(failed) ?? 0) >= 1)
  await store.close()
  assert.ok(!(await linesOf()).has('leftfold_postgres_operations{leftfold_pool="queries"}'))
})
