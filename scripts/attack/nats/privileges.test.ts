/**
 * Tests of what each user of NATS can make other processes publish, change or accept, over raw
 * sockets: nothing but what docs/security.md lists.
 */
import assert from "node:assert/strict"
import { after, before, describe } from "node:test"
import { test } from "../../../testing/test.ts"
import { App } from "../../../app/mod.ts"
import type { User } from "../../../app/operations/users.ts"
import { sliceOf } from "../../../wire/internal.ts"
import { shop } from "../../../examples/shop/main.ts"
import { UNCONFIRMED_PAYMENT } from "../../../examples/shop/payments/provider-fake.ts"
import { until } from "../../../testing/until.ts"
import type { RawNats } from "./raw-nats.ts"
import { textOf } from "./raw-nats.ts"
import { IDENTITY, SpiedShop } from "./spied-shop.ts"

/** The users that may ask our processes something. */
const ASKERS: readonly User[] = ["caller", "gateway", "policies", "actors", "admin"]

/** Questions of all kinds. A user asks those that its permissions allow. */
const questions = (node: string, id: string) => [
  { subject: `cmd.stock.item.${id}.ReceiveStock`, payload: '{"quantity":1}' },
  { subject: `own.${node}.stock.item.${id}.ReceiveStock`, payload: '{"quantity":1}' },
  { subject: `cmd.stock.item.${id}.ReceiveStock`, payload: "{" },
  { subject: `cmd.orders.order.${id}.CancelOrder`, payload: '{"reason":"x"}' },
  { subject: `own.${node}`, payload: "" },
  { subject: "qry.stock.item", payload: `{"id":"${id}"}` },
  { subject: "qry.stock.item.history", payload: `{"id":"${id}"}` },
  { subject: "qry.stock.level", payload: `{"key":"${id}"}` },
  { subject: "qry.stock.totals", payload: "{}" },
  { subject: "qry.leftfold.nodes", payload: "" },
  { subject: "$SRV.PING.stock", payload: "" },
  { subject: `$SRV.INFO.stock.${node}`, payload: "" },
  { subject: "$SRV.STATS.stock", payload: "" },
  ...["actors", "projections", "policies"].map((role) => ({
    subject: `qry.leftfold.${role}.orders`,
    payload: "",
  })),
]

/** Subjects that no answer may reach, because others listen there. No other test uses these. */
const targets = (node: string, id: string): readonly string[] => [
  ...[`own.${node}.orders.checkout.${id}.NotePaid`, `cmd.orders.checkout.${id}.NotePaid`],
  ...[`own.${node}.orders.checkout.${id}.NotePaid.policy`, `cmd.orders.order.${id}.CompleteOrder`],
  ...[`cmd.payments.payment.${id}.RefundPayment.policy`, `cmd.stock.item.${id}2.ReceiveStock`],
  ...[`evt.stock.item.${sliceOf(id)}.${id}`, `evt.stock.item.*.${id}`, `evt.stock.item.1.${id}.>`],
  ...[`snp.stock.item.1.${id}`, `tmr.orders.at.checkout-steps.${id}`, `view.stock.level.${id}`],
  ...[`tmr.orders.due.checkout-steps.${id}`, `$KV.leftfold_nodes.${id}`, `qry.stock.${id}`],
  ...[`$JS.API.CONSUMER.DELETE.orders.${id}`, `$JS.API.CONSUMER.CREATE.orders.${id}`],
  ...[`$JS.API.STREAM.DELETE.${id}`, `$SRV.PING.${id}`, `_INBOX.*.${id}`, `_INBOX_actors.>.${id}`],
  ...[`_INBOX_.${id}`, `_INBOX..${id}`, `_INBOXES.${id}`, `_INBOX.${id}.${"x".repeat(3_000)}`],
]

/** The subjects of these that the server lets a user publish to. */
const allowed = async (nats: RawNats, user: User, subjects: readonly string[]) => {
  const before = nats.errors.length
  for (const subject of subjects) nats.publish({ subject, reply: `_INBOX_${user}.probe` })
  await nats.flush()
  const refused = nats.errors.slice(before).join("\n")
  return new Set(subjects.filter((subject) => !refused.includes(`"${subject}"`)))
}

describe("users of NATS", () => {
  const cleaning: (() => Promise<void>)[] = []
  let spied: SpiedShop
  let spy: RawNats
  let node: string

  before(async () => {
    spied = await SpiedShop.start({ after: (work) => void cleaning.push(work) })
    spy = await spied.as("spy")
    node = await spied.node()
  })

  after(async () => {
    for (const work of cleaning.reverse()) await work()
  })

  /** The subjects with this text on which anything was published. */
  const heard = (text: string) =>
    spy.messages.map(({ subject }) => subject).filter((subject) => subject.includes(text))

  for (const user of ASKERS) {
    test(`answers to ${user} go only to inboxes`, async () => {
      const nats = await spied.as(user)
      const [id, asked] = [`t-${user}`, questions(node, `q-${user}`)]
      const may = await allowed(nats, user, asked.map(({ subject }) => subject))
      const questionsOf = asked.filter(({ subject }) => may.has(subject))
      assert.ok(questionsOf.length >= 3, [...may].join())
      const [before, streams] = [await spied.refused(), await spied.streams()]
      const all = targets(node, id)
      for (const reply of all) {
        for (const question of questionsOf) nats.publish({ ...question, reply })
      }
      await nats.flush()
      // Every question causes an answer, and every answer must be refused.
      const least = questionsOf.length * all.length
      await until(async () => await spied.refused() - before >= least)
      await spy.flush()
      assert.deepEqual(heard(id), [])
      for (const [name, { lastSequence, consumers }] of Object.entries(await spied.streams())) {
        // The commands are stored under other ids, and nodes announce themselves.
        const changes = /^stock|^KV_/.test(name)
        if (!changes) assert.equal(lastSequence, streams[name]?.lastSequence, name)
        if (name.startsWith("KV_")) assert.equal(consumers, 0)
      }
    })
  }

  test("no user can make an answer complete an unpaid order", async () => {
    const { visitor } = spied
    await visitor.say("/stock/item/tea/ReceiveStock", { quantity: 10 })
    await visitor.place("unpaid", { quantity: 1, price: UNCONFIRMED_PAYMENT })
    await visitor.detail("unpaid", ({ payment }) => payment === "asked")
    const checkout = () => spied.ask("qry.orders.checkout", '{"id":"unpaid"}')
    const { version } = await checkout()
    const payment = () => spied.ask("qry.payments.payment", '{"id":"unpaid"}')
    const unpaid = (await payment()).version
    const paid = [
      `own.${node}.orders.checkout.unpaid.NotePaid`,
      "cmd.orders.checkout.unpaid.NotePaid",
    ]
    for (const user of ["caller", "gateway", "policies", "projections", "actors"] as const) {
      const nats = await spied.as(user)
      for (const reply of paid.flatMap((subject) => [subject, `${subject}.policy`])) {
        for (const subject of ["$SRV.PING.stock", `own.${node}`, "qry.leftfold.policies.orders"]) {
          nats.publish({ subject, reply })
        }
        // The server's own answers go wherever the sender says.
        for (const subject of ["$JS.API.STREAM.INFO.orders", "$JS.API.STREAM.MSG.GET.orders"]) {
          nats.publish({ subject, reply, payload: '{"seq":1}' })
        }
      }
      // A message that does not exist is answered without a payload, which is a command without
      // fields. No caller may confirm a payment without waiting for the answer.
      const confirm = "payments.payment.unpaid.ConfirmPayment"
      for (const reply of [`cmd.${confirm}`, `own.${node}.${confirm}`]) {
        for (const stream of ["stock", "orders", "payments"]) {
          nats.publish({ subject: `$JS.API.DIRECT.GET.${stream}.evt.${stream}._skips.1`, reply })
        }
        nats.publish({ subject: reply })
        nats.publish({ subject: reply, reply: "evt.nobody" })
      }
      await nats.flush()
    }
    await until(async () => (await spied.ask("qry.stock.totals", "{}")) !== undefined)
    assert.equal((await payment()).version, unpaid)
    assert.equal((await checkout()).version, version)
    await visitor.say("/payments/payment/unpaid/ConfirmPayment", {})
    await visitor.detail("unpaid", ({ state }) => state === "completed")
  })

  test("thousands of answers poison no log and stop no policy", async () => {
    const { visitor } = spied
    await visitor.say("/stock/item/mug/ReceiveStock", { quantity: 3 })
    for (const user of ["caller", "gateway"] as const) {
      const nats = await spied.as(user)
      const before = (await spied.streams()).orders?.lastSequence
      const refused = await spied.refused()
      for (let count = 0; count < 8_300; count++) {
        const reply = `evt.orders.order.${count % 256}.poison-${count}`
        nats.publish({ subject: "$SRV.PING.stock", reply })
      }
      nats.publish({ subject: "$SRV.PING.stock", reply: `evt.stock.item.${sliceOf("mug")}.mug` })
      for (const subject of ["$JS.API.CONSUMER.INFO.KV_leftfold_nodes.x", "$JS.API.INFO"]) {
        nats.publish({ subject, reply: "evt.orders.order.1.poison-by-server" })
      }
      await nats.flush()
      await until(async () => await spied.refused() - refused >= 8_301)
      assert.equal((await spied.streams()).orders?.lastSequence, before)
      await visitor.say("/stock/item/mug/ReceiveStock", { quantity: 1 })
      await visitor.place(`honest-${user}`, { sku: "mug", quantity: 1, price: 450 })
      await visitor.detail(`honest-${user}`, ({ state }) => state === "completed")
    }
    assert.deepEqual(heard("poison"), [])
  })

  test("only policies can change, drain or delete the consumers with their positions", async () => {
    const [stream, name] = ["orders", "policy_orders_checkout-steps"]
    const config = await spied.consumer(stream, name)
    const consumers = Object.entries(await spied.streams()).map(([each, state]) =>
      [each, state.consumers] as const
    )
    const changed = {
      stream_name: stream,
      config: { ...config as object, filter_subject: "evt.orders.nothing.>", headers_only: true },
    }
    const hidden = { ...changed, config: { ...changed.config, name: "projections_x" } }
    const api = "$JS.API.CONSUMER"
    for (const user of ["caller", "gateway", "projections", "actors"] as const) {
      const nats = await spied.as(user)
      for (
        const [verb, payload] of [
          [`CREATE.${stream}`, changed],
          [`CREATE.${stream}.${name}`, changed],
          [`CREATE.${stream}.${name}.evt.orders.nothing.>`, changed],
          [`CREATE.${stream}.${name}.evt.orders.>`, hidden],
          // The name in the payload differs from that in the subject.
          [`CREATE.${stream}.projections_x`, changed],
          [`CREATE.${stream}.projections_x`, { ...hidden, config: { ...hidden.config, name } }],
          [`DURABLE.CREATE.${stream}.${name}`, changed],
          ...["DELETE", "PAUSE", "RESET", "UNPIN", "LEADER.STEPDOWN", "MSG.NEXT", "INFO"].map((
            each,
          ) => [`${each}.${stream}.${name}`, { batch: 100 }] as const),
        ] as const
      ) {
        nats.publish({
          subject: `${api}.${verb}`,
          reply: `_INBOX_${user}.x`,
          payload: JSON.stringify(payload),
        })
      }
      for (const ack of ["+ACK", "-NAK", "+TERM", "+NXT"]) {
        nats.publish({ subject: `$JS.ACK.${stream}.${name}.1.1.1.1.0`, payload: ack })
      }
      await nats.flush()
    }
    assert.deepEqual(await spied.consumer(stream, name), config)
    const now = Object.entries(await spied.streams()).map(([each, state]) =>
      [each, state.consumers] as const
    )
    assert.deepEqual(now, consumers)
  })

  test("headers that the server would act on go no further than the node", async () => {
    const given = { ...spied.addresses, ...IDENTITY, databaseUrl: "" }
    const other = await App.start(shop, { ...given, roles: ["actors"] })
    const nats = await spied.as("caller")
    try {
      const id = (index: number) => `header-${index}`
      const headers = [
        ...["Nats-Rollup: all", "Nats-Msg-Id: 1", "Nats-Expected-Stream: x", "Nats-TTL: 1s"],
        ...["Nats-Expected-Last-Sequence: 1", "Nats-Schedule: @every 1s", "Nats-Batch-Id: x"],
        ...["Nats-Schedule-Target: evt.stock.item.1.x", "Nats-Incr: 1", "X-Own: 1"],
      ]
      for (let index = 0; index < 40; index++) {
        const subject = `cmd.stock.item.${id(index)}.ReceiveStock`
        const payload = '{"quantity":1}'
        nats.publish({ subject, reply: "_INBOX_caller.header", headers, payload })
      }
      await until(() => new Set(heard("header-").filter((each) => /^evt/.test(each))).size === 40)
      const ours = spy.messages.filter(({ subject }) => /^(evt|own).*header-/.test(subject))
      assert.ok(ours.some(({ subject }) => subject.startsWith("own.")), "some were relayed")
      for (const { subject, headers: text } of ours) {
        assert.doesNotMatch(text, /rollup|msg-id|ttl|schedule|incr|batch|stream|x-own/i, subject)
        assert.doesNotMatch(text, /Expected-Last-Sequence/i, subject)
      }
    } finally {
      await other.stop()
    }
  })

  test("a caller cannot claim a principal, and many large answers do no harm", async () => {
    const nats = await spied.as("caller")
    const claimed = await nats.request({
      subject: "cmd.stock.item.claimed.ReceiveStock",
      reply: "_INBOX_caller.claimed",
      headers: ["Leftfold-Principal: admin@bank"],
      payload: '{"quantity":1}',
    })
    assert.match(claimed?.headers ?? "", /Nats-Service-Error-Code: 403/)
    assert.match(claimed ? textOf(claimed) : "", /Leftfold-Principal/)
    const name = "n".repeat(200)
    for (let index = 0; index < 5; index++) {
      await spied.visitor.say(`/products/product/large-${index}/AddProduct`, { name, price: 1 })
    }
    for (let count = 0; count < 50; count++) {
      nats.publish({ subject: "qry.products.products-for-sale", reply: "_INBOX_caller.flood" })
    }
    const answer = await nats.request({
      subject: "qry.stock.totals",
      reply: "_INBOX_caller.after",
      payload: "{}",
    })
    assert.ok(answer)
  })

  test("invalid announcements do not stop the processes that listen for them", async () => {
    const projections = await spied.as("projections")
    for (const payload of ["", "{", "null", "{}", "\x81\xa1a\x01", '{"generation":1,"lane":1e9}']) {
      projections.publish({ subject: "view.stock.level", payload })
    }
    await projections.flush()
    const position = await spied.visitor.say("/stock/item/after/ReceiveStock", { quantity: 4 })
    const { body } = await spied.visitor.json<{ quantity?: number }>("/stock/level/after", {
      headers: { "Leftfold-After": position },
    })
    assert.ok(JSON.stringify(body).includes("4"), JSON.stringify(body))
  })
})
