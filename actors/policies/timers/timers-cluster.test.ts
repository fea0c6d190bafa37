/** Tests of timers on three servers: the shared suite, and a leader that is killed. */
import assert from "node:assert/strict"
import { after, before } from "node:test"
import { test } from "../../../testing/test.ts"
import { jetstreamManager } from "@nats-io/jetstream"
import { type NatsWire, natsWire, timerStreamName } from "../../../wire/internal.ts"
import { type NatsCluster, ownCluster } from "../../../testing/own-cluster.ts"
import { provisionStreams } from "../../../app/operations/provision-nats.ts"
import { natsTimers } from "./timers-nats.ts"

const stops: (() => Promise<void>)[] = []
let cluster: NatsCluster
let wire: NatsWire

before(async () => {
  cluster = await ownCluster({ after: (work) => void stops.unshift(work) })
  wire = await natsWire({ url: cluster.url, name: "timers cluster test" })
  stops.unshift(() => wire.close())
  await provisionStreams(wire, ["bank"], { replicas: 3 })
})

after(async () => {
  for (const stop of stops) await stop()
})

test("timers outlive the leader of their stream, and none is lost", async () => {
  const timers = natsTimers(wire)
  const keys = Array.from({ length: 200 }, (_, index) => `k-${index}`)
  const start = Date.now()
  const seen = new Set<string>()
  let all = () => {}
  const fired = new Promise<void>((resolve) => all = resolve)
  const serving = await timers.serve("bank", ({ key }) => {
    seen.add(key)
    if (seen.size === keys.length) all()
    return Promise.resolve(true)
  })
  await Promise.all(keys.map((key, index) => {
    const due = { at: start + 1_000 + index * 20 }
    return timers.set({ policy: "bank.interest", key, due, payload: new Uint8Array() })
  }))
  const { streams } = await jetstreamManager(wire.connection)
  const { cluster: raft } = await streams.info(timerStreamName("bank"))
  const leader = Number(raft?.leader?.slice(1)) - 1
  await cluster.servers[leader]?.kill()
  await fired
  serving.close()
  assert.deepEqual([...seen].toSorted(), keys.toSorted())
})
