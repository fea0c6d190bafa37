/** Tests of subscriptions as durable consumers: the shared suite, and restarts of the server. */
import assert from "node:assert/strict"
import { after } from "node:test"
import { test } from "../../testing/test.ts"
import { jetstream, jetstreamManager } from "@nats-io/jetstream"
import { logSubject, Names, type NatsWire, natsWire } from "../../wire/internal.ts"
import { createAccount } from "../../testing/namespace.ts"
import { until } from "../../testing/until.ts"
import { ownNats } from "../../testing/own-servers.ts"
import { commitOf } from "../fixtures/account.ts"
import { provisionStreams } from "../../app/operations/provision-nats.ts"
import { subscriptionSuite } from "./subscription.suite.ts"
import { natsSubscriptions } from "./subscription-nats.ts"

const wires: NatsWire[] = []

const connectTo = async (url: string): Promise<NatsWire> => {
  const wire = await natsWire({ url, name: "subscription test" })
  wires.push(wire)
  await provisionStreams(wire, ["bank"])
  return wire
}

const appendOver = (wire: NatsWire) => async (id: string) =>
  (await jetstream(wire.connection).publish(
    logSubject("bank.account", id),
    commitOf(0, [], "c-1"),
  )).seq

after(() => Promise.all(wires.map((wire) => wire.close())))

subscriptionSuite(async () => {
  const wire = await connectTo(await createAccount())
  return { subscriptions: natsSubscriptions(wire), append: appendOver(wire) }
})

test("without a stream, subscribing fails because the log cannot be read", async () => {
  const wire = await connectTo(await createAccount())
  const subscribing = natsSubscriptions(wire).subscribe({
    name: "policy.lost",
    context: "nowhere",
    start: "beginning",
    handle: () => Promise.resolve(true),
  })
  await assert.rejects(subscribing, { _tag: "Unavailable", message: /nowhere/ })
})

test("whether a subscription is read is told under a prefix, of followed logs too", async () => {
  const url = await createAccount()
  const connect = async (prefix: string) => {
    const names = new Names({ prefix })
    const wire = await natsWire({ url, name: "subscription test", names })
    wires.push(wire)
    return wire
  }
  const [staging, eu, us] = [await connect("staging"), await connect("eu"), await connect("us")]
  await provisionStreams(staging, ["bank"])
  const contexts = ["bank"]
  const following = (own: NatsWire) => natsSubscriptions(own, { contexts, wire: staging })
  for (const own of [natsSubscriptions(staging), following(eu)]) {
    const isRead = () => own.isRead("policy.loyalty.points", contexts)
    assert.equal(await isRead(), false)
    const reading = await own.subscribe({
      ...{ name: "policy.loyalty.points", context: "bank", start: "beginning" },
      handle: () => Promise.resolve(true),
    })
    await until(isRead)
    assert.equal(await following(us).isRead("policy.loyalty.points", contexts), false)
    reading.close()
  }
})

test("a new policy on a log with a past says so once, as it may be renamed", async (t) => {
  const wire = await connectTo(await createAccount())
  const append = appendOver(wire)
  for (const id of ["a-1", "a-2", "a-3"]) await append(id)
  const said: string[] = []
  for (const method of ["log", "error", "warn"] as const) {
    t.mock.method(console, method, (...given: unknown[]) => void said.push(given.join(" ")))
  }
  const warnings = () => said.filter((line) => line.includes("handles 3 earlier messages")).length
  for (let times = 0; times < 2; times++) {
    const reader = await natsSubscriptions(wire).subscribe({
      ...{ name: "policy.bank.new-name", context: "bank", start: "beginning", isKnown: false },
      handle: () => Promise.resolve(true),
    })
    reader.close()
    assert.equal(warnings(), 1)
  }
})

test("a reader goes on by itself when its server was killed and comes back", async (t) => {
  const server = await ownNats(t, { syncInterval: "always" })
  const wire = await connectTo(server.url)
  const append = appendOver(wire)
  const waiting = new Map<number, () => void>()
  const seen = new Set<number>()
  const until = (sequence: number) =>
    new Promise<void>((resolve) => {
      if (seen.has(sequence)) resolve()
      else waiting.set(sequence, resolve)
    })
  const reader = await natsSubscriptions(wire).subscribe({
    name: "policy.lasting",
    context: "bank",
    start: "beginning",
    handle: ({ sequence }) => {
      seen.add(sequence)
      waiting.get(sequence)?.()
      return Promise.resolve(true)
    },
  })
  await until(await append("a-1"))
  const back = new Promise<void>((resolve) =>
    wire.onStatus((connected) => {
      if (connected) resolve()
    })
  )
  await server.kill()
  await server.restart()
  await back
  await until(await append("a-1"))
  reader.close()
  await wire.close()
})

/** The connection; once messages were requested, the next two requests are lost. */
const unheardTwice = ({ connection, names }: NatsWire): NatsWire => {
  let unheard = 0
  const isLost = (subject: string): boolean => {
    const isNext = subject.startsWith("$JS.API.CONSUMER.MSG.NEXT.")
    return (isNext || unheard > 0) && ++unheard <= 2
  }
  const handler: ProxyHandler<typeof connection> = {
    get: (target, name) => {
      const value = Reflect.get(target, name, target)
      if (typeof value !== "function") return value
      return (...args: [string, ...never[]]) => {
        if (name !== "publish" && name !== "request" || !isLost(args[0])) {
          return Reflect.apply(value, target, args)
        }
        return name === "request" ? Promise.reject(new Error("timeout")) : undefined
      }
    },
  }
  return { connection: new Proxy(connection, handler), names } as NatsWire
}

test("a reader asks again within seconds while its consumer has no leader", async () => {
  const wire = await connectTo(await createAccount())
  const append = appendOver(wire)
  await append("a-1")
  const startMs = performance.now()
  let came = () => {}
  const comes = new Promise<void>((resolve) => came = resolve)
  const reader = await natsSubscriptions(unheardTwice(wire)).subscribe({
    name: "policy.unheard",
    context: "bank",
    start: "beginning",
    handle: () => {
      came()
      return Promise.resolve(true)
    },
  })
  await comes
  reader.close()
  const tookMs = performance.now() - startMs
  assert.ok(tookMs < 10_000, `after ${tookMs} ms`)
})

test("a message that is done after the connection was closed does no harm", async () => {
  const wire = await connectTo(await createAccount())
  let started = () => {}
  let finish = (_done: boolean) => {}
  const starts = new Promise<void>((resolve) => started = resolve)
  const finished = new Promise<boolean>((resolve) => finish = resolve)
  await appendOver(wire)("a-1")
  const reader = await natsSubscriptions(wire).subscribe({
    name: "policy.late",
    context: "bank",
    start: "beginning",
    handle: () => {
      started()
      return finished
    },
  })
  await starts
  reader.close()
  await wire.close()
  finish(true)
  await finished
})

test("a reader notices that its consumer was changed, at once and at each start", async () => {
  const wire = await connectTo(await createAccount())
  const subscribe = () =>
    natsSubscriptions(wire).subscribe({
      name: "policy.changed",
      context: "bank",
      start: "beginning",
      handle: () => Promise.resolve(true),
    })
  const manager = (await jetstreamManager(wire.connection)).consumers
  const change = (config: object) => manager.update("bank", "policy_changed", config)
  const reader = await subscribe()
  assert.equal(await reader.lag(), 0)
  const changes = [
    [{ filter_subject: "evt.bank.nothing.>" }, { filter_subject: "evt.bank.>" }],
    [{ headers_only: true }, { headers_only: false }],
    [{ max_deliver: 1 }, { max_deliver: -1 }],
  ]
  for (const [wrong = {}, right = {}] of changes) {
    const [setting = ""] = Object.keys(wrong)
    const noticed = { _tag: "Unavailable", message: new RegExp(`has changed.*${setting} is `) }
    await change(wrong)
    await assert.rejects(reader.lag(), noticed)
    await assert.rejects(subscribe(), noticed)
    await change(right)
    assert.equal(await reader.lag(), 0)
  }
  reader.close()
})
