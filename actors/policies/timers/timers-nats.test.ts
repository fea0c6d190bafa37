/** Tests of timers as message schedules: the shared suite, and restarts of the server. */
import assert from "node:assert/strict"
import { after } from "node:test"
import { test } from "../../../testing/test.ts"
import { jetstreamManager } from "@nats-io/jetstream"
import { type NatsWire, natsWire, streamName, timerStreamName } from "../../../wire/internal.ts"
import { createAccount } from "../../../testing/namespace.ts"
import { ownNats } from "../../../testing/own-servers.ts"
import { provisionStreams } from "../../../app/operations/provision-nats.ts"
import { dueOf } from "../../due.ts"
import { timersSuite } from "./timers.suite.ts"
import { natsTimers } from "./timers-nats.ts"
import { until } from "../../../testing/until.ts"

const wires: NatsWire[] = []

const connectTo = async (url: string): Promise<NatsWire> => {
  const wire = await natsWire({ url, name: "timers test" })
  wires.push(wire)
  return wire
}

const provided = async (url: string): Promise<NatsWire> => {
  const wire = await connectTo(url)
  await provisionStreams(wire, ["bank", "post"])
  return wire
}

after(() => Promise.all(wires.map((wire) => wire.close())))

timersSuite(async () => {
  const wire = await provided(await createAccount())
  return { timers: natsTimers(wire), now: Date.now, pass: () => Promise.resolve() }
})

const interest = { policy: "bank.interest", key: "k", payload: new Uint8Array() }

test("without a stream, timers can neither be set nor cancelled nor served", async () => {
  const timers = natsTimers(await connectTo(await createAccount()))
  const unavailable = { _tag: "Unavailable" }
  await assert.rejects(timers.set({ ...interest, due: { at: 0 } }), unavailable)
  await assert.rejects(timers.cancel("bank.interest", "k"), unavailable)
  await assert.rejects(timers.serve("bank", () => Promise.resolve(true)), unavailable)
})

test("a schedule that the server cannot read is a mistake, not an outage", async () => {
  const timers = natsTimers(await provided(await createAccount()))
  const due = { cron: "0 0 0 30 2 *", zone: "UTC" }
  await assert.rejects(timers.set({ ...interest, due }), { _tag: "Invalid" })
  for (const cron of ["0 0 * * 7", "0 0 * * 5-7", "*/7 0 29 2 sun"]) {
    await timers.set({ ...interest, due: dueOf({ cron, zone: "Europe/Berlin" }, new Date()) })
  }
  await timers.set({ ...interest, due: dueOf(new Date("2261-12-31"), new Date()) })
  await timers.set({ ...interest, due: dueOf(new Date(-8.64e15), new Date()) })
  await timers.set({ ...interest, due: dueOf({ every: "36500 days" }, new Date()) })
})

test("the log takes no schedules, and done timers leave the stream of timers", async () => {
  const wire = await provided(await createAccount())
  const timers = natsTimers(wire)
  const { streams } = await jetstreamManager(wire.connection)
  assert.ok(!(await streams.info(streamName("bank"))).config.allow_msg_schedules)
  await timers.set({ ...interest, due: { at: Date.now() } })
  await timers.set({ ...interest, key: "far", due: { at: Date.now() + 3_600_000 } })
  let fired = () => {}
  const fires = new Promise<void>((resolve) => fired = resolve)
  const serving = await timers.serve("bank", () => Promise.resolve(true).finally(fired))
  await fires
  await until(async () => await serving.lag() === 0)
  serving.close()
  const { state } = await streams.info(timerStreamName("bank"), { subjects_filter: ">" })
  assert.deepEqual(state.subjects, { "tmr.bank.at.interest.far": 1 })
})

test("timers outlive the server that keeps them and the process that set them", async (t) => {
  const server = await ownNats(t, { syncInterval: "always" })
  const first = await provided(server.url)
  const timers = natsTimers(first)
  await timers.set({ ...interest, key: "during", due: { at: Date.now() + 100 } })
  await timers.set({ ...interest, key: "after", due: { at: Date.now() + 3_000 } })
  await timers.set({ ...interest, key: "gone", due: { at: Date.now() + 2_000 } })
  await timers.cancel("bank.interest", "gone")
  await first.close()
  await server.kill()
  await server.restart()
  const keys: string[] = []
  const again = natsTimers(await connectTo(server.url))
  let last = () => {}
  const fired = new Promise<void>((resolve) => last = resolve)
  const serving = await again.serve("bank", ({ key }) => {
    keys.push(key)
    if (key === "after") last()
    return Promise.resolve(true)
  })
  await fired
  serving.close()
  assert.deepEqual(keys, ["during", "after"])
})
