/**
 * Tests of what users with permissions for JetStream can make the nats-server write to a log: only
 * its answers in JSON. These change no state, and stop only the one actor.
 */
import assert from "node:assert/strict"
import { test } from "../../../testing/test.ts"
import { stepOver } from "../../../app/operations/step-over.ts"
import type { User } from "../../../app/operations/users.ts"
import { shop } from "../../../examples/shop/main.ts"
import { post } from "../../../examples/shop/fixtures/visitor.ts"
import { until } from "../../../testing/until.ts"
import { inboxPrefix, logSubject, natsWire } from "../../../wire/internal.ts"
import { SpiedShop } from "./spied-shop.ts"

const API = "$JS.API"
const CONSUMER = "policy_orders_checkout-steps"

/** All requests to JetStream that each role may make about the shop's logs. */
const REQUESTS: Partial<Record<User, readonly (readonly [string, object | undefined])[]>> = {
  projections: [
    [`${API}.STREAM.INFO.stock`, undefined],
    [`${API}.CONSUMER.CREATE.stock.copier`, {
      stream_name: "stock",
      config: { name: "copier", ack_policy: "none", filter_subject: "evt.stock.>" },
    }],
    [`${API}.CONSUMER.MSG.NEXT.stock.copier`, { batch: 10 }],
    [`${API}.STREAM.MSG.GET.stock`, { seq: 1 }],
    [`${API}.DIRECT.GET.stock.evt.stock._skips.1`, undefined],
  ],
  policies: [
    [`${API}.CONSUMER.INFO.orders.${CONSUMER}`, undefined],
    [`${API}.CONSUMER.MSG.NEXT.orders.${CONSUMER}`, { batch: 10, expires: 1_000_000 }],
    [`${API}.DIRECT.GET.orders.evt.orders._skips.1`, undefined],
    [`${API}.STREAM.PURGE.orders_timers`, { filter: "tmr.orders.at.checkout-steps.none" }],
  ],
}

interface Problem {
  readonly detail: string
}

test("answers of JetStream in a log stop only one actor, until they are skipped", async (t) => {
  const spied = await SpiedShop.start(t)
  const { visitor } = spied
  await visitor.say("/stock/item/mug/ReceiveStock", { quantity: 3 })
  const before = (await spied.streams()).stock?.lastSequence ?? 0
  for (const [user, requests = []] of Object.entries(REQUESTS)) {
    const nats = await spied.as(user as User)
    for (const [subject, payload] of requests) {
      for (const id of ["mug", "copied"]) {
        const reply = logSubject("stock.item", id)
        nats.publish({ subject, reply, payload: payload ? JSON.stringify(payload) : "" })
      }
    }
    await nats.flush()
    assert.deepEqual(nats.errors, [], `${user} may ask all of this`)
  }
  await until(async () => ((await spied.streams()).stock?.lastSequence ?? 0) >= before + 4)

  const refused = await visitor.json<Problem>(
    "/stock/item/mug/ReceiveStock",
    post({ quantity: 1 }),
  )
  assert.equal(refused.status, 500)
  assert.match(refused.body.detail, /leftfold skip stock:\d+ --reason/)
  // Everybody else goes on: other actors, views and policies.
  await visitor.say("/stock/item/cup/ReceiveStock", { quantity: 2 })
  await visitor.place("honest", { sku: "cup", quantity: 1, price: 450 })
  await visitor.detail("honest", ({ state }) => state === "completed")
  const health = await spied.ask("qry.leftfold.policies.orders")
  assert.deepEqual(health.stuck, [])

  const admin = await natsWire({
    url: spied.addresses.natsUrls.provision,
    name: "test",
    inboxPrefix: inboxPrefix("admin"),
  })
  t.after(() => admin.close())
  const { stock } = await spied.streams()
  const places: { context: string; sequence: number }[] = []
  for (let sequence = before + 1; sequence <= stock!.lastSequence; sequence++) {
    const asked = await spied.ask(`${API}.STREAM.MSG.GET.stock`, JSON.stringify({ seq: sequence }))
    const { subject, hdrs } = asked.message as { readonly subject: string; readonly hdrs?: string }
    if (!/\.(mug|copied)$/.test(subject)) continue
    // A node's own appends have a header with the expected last sequence; answers never do.
    assert.equal(hdrs === undefined || !atob(hdrs).includes("Nats-Expected-Last-Subject"), true)
    places.push({ context: "stock", sequence })
  }
  assert.ok(places.length >= 4, JSON.stringify(places))
  const why = { by: "test", reason: "answers of JetStream", time: Date.now() }
  await stepOver(shop.actors.map(({ contract }) => contract), admin, places, why)

  const position = await visitor.say("/stock/item/mug/ReceiveStock", { quantity: 1 })
  const level = await visitor.json<{ available?: number }>("/stock/level/mug", {
    headers: { "Leftfold-After": position },
  })
  assert.equal(level.status, 200)
  assert.match(JSON.stringify(level.body), /:4\b/)
  // No commit was copied: the actor with the made-up id has no row.
  const copied = await visitor.json<unknown>("/stock/level/copied", {
    headers: { "Leftfold-After": position },
  })
  assert.equal(copied.status, 404)
})
