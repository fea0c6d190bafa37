/** Attacks by users of NATS: the subjects that each must not publish or subscribe to. */
import type { Attack, AttackClass, Scene } from "../attack-case.ts"
import { guardedPlace, type NatsPlace, openPlace, withNats } from "./nats-scene.ts"
import { RawNats } from "./raw-nats.ts"

const POLICY = "policy_orders_checkout-steps"

/** Subjects that only one role may publish to, by kind. */
const spoken: Readonly<Record<string, readonly string[]>> = {
  logs: ["evt.stock.item.41.x", "evt.orders.order.1.x", "evt.x"],
  snapshots: ["snp.stock.item.41.x"],
  timers: ["tmr.orders.at.checkout-steps.x", "tmr.orders.at.x.y"],
  due: ["tmr.orders.due.checkout-steps.x"],
  views: ["view.stock.level", "view.customers.customer-card"],
  nodes: ["$KV.leftfold_nodes.evil"],
  internal: [
    ...["cmd.orders.checkout.x.NotePaid", "cmd.payments.payment.x.RefundPayment"],
    ...["cmd.stock.item.x.ReserveStock", "cmd.orders.order.x.CompleteOrder"],
    ...["cmd.delivery.delivery.x.ArrangeDelivery", "cmd.orders.checkout.x.y.NotePaid"],
  ],
  owned: ["own.n.orders.checkout.x.NotePaid", "own.n.stock.item.x.ReserveStock"],
  streams: [
    ...["$JS.API.STREAM.PURGE.stock", "$JS.API.STREAM.DELETE.stock", "$JS.API.STREAM.CREATE.x"],
    ...["$JS.API.STREAM.UPDATE.stock", "$JS.API.STREAM.NAMES", "$JS.API.STREAM.LIST"],
    ...["$JS.API.STREAM.MSG.DELETE.stock", "$JS.API.STREAM.SNAPSHOT.stock"],
    ...["$JS.API.STREAM.RESTORE.x", "$JS.API.STREAM.LEADER.STEPDOWN.stock"],
    ...["$JS.API.STREAM.PEER.REMOVE.stock", "$JS.API.ACCOUNT.PURGE.x", "$JS.API.SERVER.REMOVE"],
    ...["$JS.API.META.LEADER.STEPDOWN", "$JS.API.STREAM.DELETE.KV_leftfold_nodes"],
    ...["$JS.API.STREAM.PURGE.KV_leftfold_nodes", "$JS.SNAPSHOT.RESTORE.stock.x"],
  ],
  purge: ["$JS.API.STREAM.PURGE.orders_timers"],
  consumers: [
    ...[`$JS.API.CONSUMER.DELETE.orders.${POLICY}`, "$JS.API.CONSUMER.DELETE.stock.x"],
    ...["$JS.API.CONSUMER.DURABLE.CREATE.orders.x", "$JS.API.CONSUMER.PAUSE.orders.x"],
    ...[`$JS.API.CONSUMER.UNPIN.orders.${POLICY}`, "$JS.API.CONSUMER.LEADER.STEPDOWN.orders.x"],
    ...["$JS.API.CONSUMER.NAMES.orders", `$JS.API.CONSUMER.RESET.orders.${POLICY}`],
  ],
  /** By these a policy finds out whose position may be its own under an earlier name. */
  positions: ["$JS.API.CONSUMER.LIST.orders"],
  foreign: [
    ...[`$JS.API.CONSUMER.MSG.NEXT.orders.${POLICY}`, `$JS.ACK.orders.${POLICY}.1.1.1.1.1`],
    ...[`$JS.API.CONSUMER.CREATE.orders.${POLICY}.evt.orders.>`],
    ...[`$JS.API.CONSUMER.CREATE.orders.${POLICY}`, "$JS.API.CONSUMER.CREATE.orders"],
  ],
  system: ["$SYS.REQ.SERVER.PING", "$SYS.ACCOUNT.x", "$SYS.REQ.USER.INFO.x", "$G.x"],
}

/** The kinds that each role may publish to. */
const own: Readonly<Record<string, readonly string[]>> = {
  caller: [],
  gateway: [],
  projections: ["views"],
  policies: ["internal", "owned", "timers", "purge", "foreign", "positions"],
  actors: ["logs", "snapshots", "nodes", "owned"],
}

const heard = [
  ...[">", "*", "*.>", "evt.>", "cmd.>", "own.>", "qry.>", "snp.>", "tmr.>", "view.>", "$JS.>"],
  ...["$KV.>", "$SYS.>", "$SRV.>", "$JS.API.>", "$JS.ACK.>", "$JS.EVENT.>", "_INBOX_admin.>"],
  ...["cmd.stock.item.>", "cmd.stock.item.*.ReceiveStock", "own.*", "own.*.stock.item.>"],
  ...[
    "qry.stock.totals",
    "qry.stock.item",
    "evt.stock.>",
    "evt.*.*.*.*",
    "_INBOX_*.>",
    "_INBOX_actors.>",
  ],
  ...[
    "_INBOX_policies.>",
    "_INBOX_gateway.>",
    "_INBOX_projections.>",
    "view.customers.customer-card",
  ],
  ...[
    "view.stock.level",
    "qry.leftfold.*.*",
    "qry.leftfold.actors.stock",
    "$SRV.PING",
    "*.*",
    "_INBOX*.>",
  ],
]

const hears: Readonly<Record<string, RegExp>> = {
  caller: /^$/,
  gateway: /^view\.[a-z]|^_INBOX_gateway/,
  projections: /^view\.[a-z]|^qry\.stock\.totals$|^_INBOX_projections/,
  policies: /^_INBOX_policies/,
  actors: /^cmd\.[a-z]|^own\.|^qry\.[a-z]+\.item|^_INBOX_actors|^\$SRV|^qry\.leftfold\.actors/,
}

const isDenied = (errors: readonly string[], subject: string): boolean =>
  errors.some((line) =>
    line.toLowerCase().includes("permissions violation") && line.includes(`"${subject}"`)
  )

const ROLES = ["caller", "gateway", "projections", "policies", "actors"]

/** `as` is the user who connects; empty for a connection without a user. */
const cannotSay = (
  user: string,
  subject: string,
  placeOf: (scene: Scene) => NatsPlace | Promise<NatsPlace> = guardedPlace,
  as = user,
): Attack => ({
  name: `${user} says ${subject}`,
  expected: "refused by the server",
  isIndependent: true,
  isGuarded: placeOf === guardedPlace,
  run: async (scene) =>
    withNats(await placeOf(scene), as || undefined, async (nats) => {
      nats.publish({ subject, payload: "not for you" })
      await nats.flush().catch(() => {})
      await nats.until(() => isDenied(nats.errors, subject), 300)
      return isDenied(nats.errors, subject) || nats.isClosed ? undefined : "it was taken"
    }),
})

const cannotHear = (
  user: string,
  subject: string,
  queue = "",
  placeOf: (scene: Scene) => NatsPlace | Promise<NatsPlace> = guardedPlace,
  as = user,
): Attack => ({
  name: `${user} listens to ${subject}${queue && " in a queue group"}`,
  expected: "refused by the server",
  isIndependent: true,
  isGuarded: placeOf === guardedPlace,
  run: async (scene) =>
    withNats(await placeOf(scene), as || undefined, async (nats) => {
      nats.subscribe(subject, queue)
      await nats.flush().catch(() => {})
      await nats.until(() => isDenied(nats.errors, subject), 300)
      return isDenied(nats.errors, subject) || nats.isClosed ? undefined : "it was taken"
    }),
})

const notIn = (
  name: string,
  given: (place: NatsPlace) => { user?: string; pass?: string },
): Attack => ({
  name,
  expected: "refused by the server",
  isIndependent: true,
  isGuarded: true,
  run: async (scene) => {
    const place = await guardedPlace(scene)
    try {
      const nats = await RawNats.connect(place.port, given(place))
      nats.close()
      return "let in"
    } catch {
      return undefined
    }
  },
})

const forbidden = (user: string) =>
  Object.entries(spoken).filter(([kind]) => !own[user]?.includes(kind)).flatMap(([, all]) => all)

/** The class. */
export const natsRoles: AttackClass = {
  name: "nats-roles",
  attacks: () => [
    ...[
      "evt.stock.item.41.x",
      "cmd.orders.checkout.x.NotePaid",
      "$JS.API.STREAM.LIST",
      "view.stock.level",
    ].map(
      (subject) => cannotSay("nobody", subject, openPlace, ""),
    ),
    ...[">", "evt.>", "cmd.>", "_INBOX_admin.>", "view.customers.customer-card"].map((subject) =>
      cannotHear("nobody", subject, "", openPlace, "")
    ),
    notIn("nobody, without a password", () => ({})),
    notIn("a user that is none", () => ({ user: "nobody", pass: "x" })),
    notIn("an empty password", () => ({ user: "admin", pass: "" })),
    notIn("a wrong password", () => ({ user: "admin", pass: "wrong" })),
    notIn(
      "the name of a variable for a password",
      () => ({ user: "admin", pass: "$LEFTFOLD_ADMIN_PASSWORD" }),
    ),
    notIn(
      "the password of another user",
      ({ passwords }) => ({ user: "admin", pass: passwords.caller ?? "" }),
    ),
    notIn("the system's account", () => ({ user: "sys", pass: "sys" })),
    ...ROLES.flatMap((user) => forbidden(user).map((subject) => cannotSay(user, subject))),
    ...ROLES.flatMap((user) =>
      heard.filter((subject) => !hears[user]?.test(subject)).map((subject) =>
        cannotHear(user, subject)
      )
    ),
    ...["caller", "gateway"].flatMap((user) =>
      ["cmd.stock.item.>", "qry.stock.totals", "_INBOX_admin.>"].map((subject) =>
        cannotHear(user, subject, "q")
      )
    ),
  ],
}
