/** Tests of logs that were lost, and of streams of others: a start names them and stops. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { jetstreamManager } from "@nats-io/jetstream"
import { natsSnapshots } from "../../actors/internal.ts"
import { encode, natsWire, streamName, timerStreamName } from "../../wire/internal.ts"
import { createAccount, createNamespace } from "../../testing/namespace.ts"
import { until } from "../../testing/until.ts"
import { isFailure } from "../../contracts/internal.ts"
import { Letters, library, Loans } from "../fixtures/library.ts"
import { App } from "../mod.ts"
import { checkSnapshots, type Evidence } from "./lost-log.ts"
import { provisionStreams } from "./provision-nats.ts"

const begin = async (scope: { after(work: () => Promise<void>): void }) => {
  const natsUrl = await createAccount()
  const wire = await natsWire({ url: natsUrl, name: "lost log test" })
  scope.after(() => wire.close())
  const { streams } = await jetstreamManager(wire.connection, { checkAPI: false })
  return { wire, streams }
}

test("a missing log is not made again while its other streams are there", async (t) => {
  const { wire, streams } = await begin(t)
  await provisionStreams(wire, ["bank", "post"])
  await streams.delete(streamName("bank"))
  const lost = {
    name: "StartProblem",
    message: /^the log of bank is missing, but the stream bank_/,
  }
  await assert.rejects(provisionStreams(wire, ["bank", "post"]), lost)
  await assert.rejects(streams.info("bank"), "nothing was made")
  const made = await provisionStreams(wire, ["bank", "post"], { beginAgain: ["bank"] })
  assert.deepEqual(made, ["bank"])
  assert.deepEqual(await provisionStreams(wire, ["bank", "post"]), [])
})

test("a log that is missing or shorter is not used while a view knows more", async (t) => {
  const { wire } = await begin(t)
  const view: Evidence = { what: "the view bank.balance", sequence: 46 }
  const known = (context: string) => Promise.resolve(context === "bank" ? view : undefined)
  await assert.rejects(provisionStreams(wire, ["bank"], { known }), {
    name: "StartProblem",
    message: /^the log of bank is missing, but the view bank\.balance knows it up to bank:46: /,
  })
  await provisionStreams(wire, ["bank"])
  await assert.rejects(provisionStreams(wire, ["bank"], { known }), {
    message:
      /^the log of bank ends at bank:0, but the view .*leftfold provision --begin-again bank$/,
  })
  await provisionStreams(wire, ["bank"], { known, beginAgain: ["bank"] })
  // It may have begun again; nothing is asked a second time.
  assert.deepEqual(await provisionStreams(wire, ["bank"], { known }), [])
  // A database that is away stops nothing.
  const away = () => Promise.reject(new Error("away"))
  assert.deepEqual(await provisionStreams(wire, ["bank"], { known: away }), [])
})

test("actors do not start on a log that is shorter than its last snapshot", async (t) => {
  const { wire } = await begin(t)
  await provisionStreams(wire, ["bank"])
  await checkSnapshots(wire, ["bank"])
  natsSnapshots(wire).write("bank.account", "a-1", encode("msgpack", { sequence: 7 }))
  await until(async () => {
    try {
      await checkSnapshots(wire, ["bank"])
      return false
    } catch (error) {
      assert.match(String(error), /the log of bank ends at bank:0, but a snapshot .* bank:7/)
      return true
    }
  })
  await provisionStreams(wire, ["bank"], { beginAgain: ["bank"] })
  await checkSnapshots(wire, ["bank"])
  // Without streams nothing can be told.
  await checkSnapshots(wire, ["none"])
})

test("streams of others under our names or on our subjects are named", async (t) => {
  const { wire, streams } = await begin(t)
  await streams.add({ name: "bank", subjects: ["other.>"] })
  await assert.rejects(provisionStreams(wire, ["bank"]), {
    name: "StartProblem",
    message: /^the stream bank is not ours: its subjects is \["other\.>"\], not \["evt\.bank\.>"\]/,
  })
  await streams.delete("bank")
  await streams.add({ name: "ALL", subjects: ["evt.bank.>"] })
  await assert.rejects(provisionStreams(wire, ["bank"]), {
    name: "StartProblem",
    message: /^the stream ALL takes evt\.bank\.>, which the stream bank needs for itself/,
  })
  await streams.delete("ALL")
  await streams.add({ name: timerStreamName("bank"), subjects: ["tmr.bank.>"] })
  await assert.rejects(
    provisionStreams(wire, ["bank"]),
    /bank_timers is not ours: its retention is/,
  )
  await streams.delete(timerStreamName("bank"))
  await streams.add({ name: "KV_leftfold_nodes", subjects: ["$KV.leftfold_nodes.>"] })
  await assert.rejects(
    provisionStreams(wire, ["bank"]),
    /KV_leftfold_nodes is not ours: its allow_msg_ttl is false, not true/,
  )
})

test("a stream is waited for while the servers of a cluster find each other", async (t) => {
  const { wire } = await begin(t)
  const { connection } = wire
  const request = connection.request.bind(connection)
  const tries: string[] = []
  const error = { err_code: 10005, code: 400, description: "no suitable peers for placement" }
  const refusal = { data: encode("json", { error }) }
  t.mock.method(connection, "request", (...given: Parameters<typeof request>) => {
    const [subject] = given
    if (subject !== "$JS.API.STREAM.CREATE.bank" || tries.push(subject) > 2) {
      return request(...given)
    }
    return Promise.resolve(refusal)
  })
  assert.equal((await provisionStreams(wire, ["bank"]))[0], "bank")
  assert.equal(tries.length, 3)
})

test("a log that is lost while everything runs is noticed, and not decided on", async (t) => {
  const { natsUrl, databaseUrl } = await createNamespace()
  const wire = await natsWire({ url: natsUrl, name: "lost log test" })
  t.after(() => wire.close())
  const { streams } = await jetstreamManager(wire.connection, { checkAPI: false })
  const roles = ["provision", "actors", "policies"] as const
  const app = await App.start(library, { natsUrl, databaseUrl, roles })
  t.after(() => app.stop())
  const lend = (id: string) => app.client.ask(Loans, id, Loans.commands.Lend({ to: "ada" }))
  for (const id of ["l-1", "l-2", "l-3"]) await lend(id)
  const { config, state } = await streams.info(streamName("library"))
  assert.equal(state.last_seq, 3)
  const seenMs = performance.now() + 1_500
  await until(() => performance.now() > seenMs)
  await streams.delete(streamName("library"))
  await streams.add(config)
  const refused = async (id: string) => {
    try {
      const answer = await app.client.ask(Loans, id, Loans.commands.Return({}), {
        timeoutMs: 2_000,
      })
      return answer.kind
    } catch (error) {
      assert.ok(isFailure(error), String(error))
      return `${error._tag}: ${error.message}`
    }
  }
  const text =
    /^Unavailable: .*the log of library .* read it up to library:3.*--begin-again library/
  await until(async () => text.test(await refused("l-1")), { within: 20_000 })
  for (const id of ["l-1", "l-2", "l-9"]) assert.match(await refused(id), text)
  const state2 = await app.fetch("/library/loan/l-1")
  assert.equal(state2.status, 503)
  assert.match(await state2.text(), /begin-again library/)
  const health = await app.health()
  assert.equal(health.ready, false)
  assert.match(JSON.stringify(health), /the log of library/)
  // The other context goes on.
  const letter = await app.client.ask(Letters, "w", Letters.commands.Read({}))
  assert.equal(letter.kind, "accepted")
})
