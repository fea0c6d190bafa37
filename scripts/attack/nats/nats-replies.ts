/** Attacks by reply subjects: a process is asked to answer where the sender must not publish. */
import type { Attack, AttackClass, Scene } from "../attack-case.ts"
import {
  changeOf,
  guardedPlace,
  type NatsPlace,
  openPlace,
  settledIn,
  storedIn,
  withNats,
} from "./nats-scene.ts"
import { RawNats, textOf } from "./raw-nats.ts"
import { pause } from "../../../wire/internal.ts"

const WAIT_MS = 100

/** The id of the node that answers. It is a token of the subjects that the node owns. */
const nodeAt = (place: NatsPlace): Promise<string> => {
  const known = nodes.get(place.port)
  if (known) return known
  const node = askNode(place)
  nodes.set(place.port, node)
  return node
}

const nodes = new Map<number, Promise<string>>()

const askNode = (place: NatsPlace): Promise<string> =>
  withNats(place, "admin", async (nats) => {
    const answer = await nats.request({ subject: "$SRV.PING.stock" }, 3_000, "_INBOX_admin")
    return answer ? (JSON.parse(textOf(answer)) as { readonly id: string }).id : "node"
  })

/** All questions that are answered over NATS. */
const asked = (node: string, id: string): readonly { subject: string; payload?: string }[] => [
  { subject: "$SRV.PING" },
  { subject: "$SRV.PING.stock" },
  { subject: `$SRV.INFO.orders` },
  { subject: `$SRV.STATS.orders.${node}` },
  { subject: `own.${node}` },
  { subject: `cmd.stock.item.${id}.ReceiveStock`, payload: '{"quantity":0}' },
  { subject: `cmd.orders.order.${id}.CancelOrder`, payload: '{"reason":"x"}' },
  { subject: `own.${node}.orders.order.${id}.CancelOrder`, payload: '{"reason":"x"}' },
  { subject: "qry.stock.totals", payload: "{}" },
  { subject: "qry.stock.level", payload: `{"key":"${id}"}` },
  { subject: "qry.stock.item", payload: `{"id":"${id}"}` },
  { subject: "qry.stock.item.history", payload: `{"id":"${id}"}` },
  ...["actors", "policies", "projections"].flatMap((role) => [
    { subject: `qry.leftfold.${role}.orders` },
    { subject: `qry.leftfold.${role}.stock` },
  ]),
]

/** Subjects that an answer must never reach. */
const targets = (node: string, id: string): readonly string[] => [
  ...[`own.${node}.orders.checkout.${id}.NotePaid`, `own.${node}.orders.order.${id}.CompleteOrder`],
  ...[`own.${node}.payments.payment.${id}.RefundPayment`, `own.${node}`],
  ...[`cmd.payments.payment.${id}.RefundPayment`, `cmd.orders.checkout.${id}.NotePaid`],
  ...[`cmd.stock.item.${id}.ReceiveStock`, `cmd.orders.order.${id}.CancelOrder`],
  ...[`evt.stock.item.41.${id}`, `evt.stock.item.*.${id}`, "evt.stock.item.41.>", "evt.stock.x"],
  ...[`snp.stock.item.41.${id}`, `tmr.orders.at.checkout-steps.${id}`],
  ...[`tmr.orders.due.checkout-steps.${id}`, "view.stock.level", "view.customers.customer-card"],
  ...[`$KV.leftfold_nodes.${id}`, "$KV.leftfold_nodes.*", `$KV.leftfold_nodes.${node}`],
  ...["$JS.API.STREAM.PURGE.orders_timers", "$JS.API.STREAM.DELETE.orders_timers"],
  ...["$JS.API.STREAM.INFO.orders", "$JS.API.CONSUMER.CREATE.stock"],
  ...["$JS.API.CONSUMER.CREATE.stock.x.evt.stock.>", "$JS.API.CONSUMER.DELETE.KV_leftfold_nodes.x"],
  ...["$JS.API.CONSUMER.MSG.NEXT.orders.policy_orders_checkout-steps"],
  ...["$JS.ACK.orders.policy_orders_checkout-steps.1.1.1.1.1", "$JS.FC.KV_leftfold_nodes.x"],
  ...["$SRV.PING", "qry.stock.totals", "qry.leftfold.actors.stock", "$SYS.REQ.SERVER.PING"],
]

/** Inboxes of others, and subjects that only look like inboxes. */
const inboxes = [
  ...["_INBOX.*", "_INBOX.>", "_INBOX", "_INBOX.", "_INBOX.a..b", "_INBOXx.a", ">", "*", "*.>"],
  ...["_INBOX_*.x", "_INBOX_actors", "_inbox.x", "_INBOX.*.r.*", "_INBOX_actors.*.r.0"],
  ...["_INBOX_policies.>", "_INBOX_admin.>", "_INBOX_gateway.*", "_INBOX_projections.x.y"],
]

/** Sends every question with this reply subject. Nothing may be stored or announced. */
const nowhere = (
  name: string,
  placeOf: (scene: Scene) => NatsPlace | Promise<NatsPlace>,
  user: string | undefined,
  reply: (node: string, id: string) => string,
): Attack => ({
  name,
  expected: "nothing is stored, changed or announced",
  run: async (scene) => {
    const place = await placeOf(scene)
    const [node, id] = [await nodeAt(place), scene.fresh("r")]
    const heard: string[] = []
    const before = await storedIn(place)
    const views = await RawNats.connect(place.port, { user: "admin", pass: place.passwords.admin })
    try {
      for (const subject of ["view.>", "view.stock.level", "view.customers.customer-card"]) {
        views.subscribe(subject)
      }
      views.subscribe("_INBOX_admin.>")
      await views.flush()
      await withNats(place, user, async (nats) => {
        for (const { subject, payload = "" } of asked(node, id)) {
          nats.publish({ subject, payload, reply: reply(node, id) })
        }
        // The server ends connections that use invalid subjects.
        await nats.flush().catch(() => {})
        await pause(WAIT_MS)
      }).catch(() => {})
      heard.push(...views.messages.map((message) => message.subject))
    } finally {
      views.close()
    }
    if (heard.length > 0) return `heard on ${[...new Set(heard)].join(", ")}`
    const about = (lines: readonly string[]) =>
      lines.filter((line) => reply(node, id).startsWith("snp.") || !line.includes("_snapshots:"))
    return changeOf(about(before), about(await storedIn(place)))
  },
})

const quiet: Attack = {
  name: "500 reply subjects that are refused",
  expected: "they are counted, and not logged line by line",
  run: async (scene) => {
    const { victim } = scene
    const before = victim.written()
    await withNats(openPlace(scene), undefined, async (nats) => {
      for (let count = 0; count < 500; count++) {
        nats.publish({ subject: "$SRV.PING.stock", reply: `evt.stock.item.41.quiet${count}` })
      }
      await nats.flush()
      await pause(1_000)
    })
    const written = victim.written() - before
    return written < 8_000 ? undefined : `${written} bytes were logged`
  },
}

const answered: Attack = {
  name: "an inbox of one's own",
  expected: "an answer",
  run: async (scene) => {
    // Events that honest orders have set in motion must not be blamed on attacks.
    await settledIn(openPlace(scene))
    return await withNats(openPlace(scene), undefined, async (nats) => {
      const answer = await nats.request({ subject: "qry.stock.totals", payload: "{}" })
      return answer ? undefined : `nothing: ${nats.errors.join()}`
    })
  },
}

/** The users of the guarded server. Each tries some of the targets. */
const USERS = ["caller", "gateway", "policies", "projections", "actors"]
const worst: readonly ((node: string, id: string) => string)[] = [
  (node, id) => `own.${node}.orders.checkout.${id}.NotePaid`,
  (_, id) => `cmd.payments.payment.${id}.RefundPayment`,
  (_, id) => `evt.stock.item.41.${id}`,
  (_, id) => `$KV.leftfold_nodes.${id}`,
  (_, id) => `tmr.orders.at.checkout-steps.${id}`,
  () => "view.stock.level",
  () => "$JS.API.CONSUMER.CREATE.stock",
]

/** The class. */
export const natsReplies: AttackClass = {
  name: "nats-replies",
  attacks: () => [
    answered,
    ...targets("NODE", "ID").map((shown, index) =>
      nowhere(
        `nobody: answers to ${shown}`,
        openPlace,
        undefined,
        (node, id) => targets(node, id)[index] ?? "",
      )
    ),
    ...inboxes.map((inbox) =>
      nowhere(`nobody: answers to ${inbox}`, openPlace, undefined, () => inbox)
    ),
    quiet,
    ...USERS.flatMap((user) =>
      worst.map((reply) => ({
        ...nowhere(`${user}: answers to ${reply("NODE", "ID")}`, guardedPlace, user, reply),
        isGuarded: true,
        isLong: true,
      }))
    ),
  ],
}
