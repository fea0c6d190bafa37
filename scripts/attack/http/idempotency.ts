/** Attacks by command ids: one id for two commands, and ids in the form of the system's own. */
import type { Attack, AttackClass, Scene } from "../attack-case.ts"
import { many, tallyOf } from "../many.ts"
import { ask, command, type HttpAnswer } from "./raw-http.ts"

const OTHER = [409, 422]

const receive = ({ victim }: Scene, sku: string, key: string, quantity: unknown = 1) =>
  command(victim.ports.http, `/stock/item/${sku}/ReceiveStock`, { quantity }, [
    `Idempotency-Key: ${key}`,
  ])

const one = (
  name: string,
  expected: string,
  run: (scene: Scene) => Promise<string | undefined>,
): Attack => ({ name, expected, isIndependent: true, run })

const statusIn = (statuses: readonly number[], { status, body }: HttpAnswer): string | undefined =>
  statuses.includes(status) ? undefined : `${status} ${body.slice(0, 160)}`

const onHand = async ({ victim }: Scene, sku: string): Promise<number | undefined> => {
  const { body } = await ask(victim.ports.http, { path: `/stock/item/${sku}` })
  return Number(/"onHand":(\d+)/.exec(body)?.[1])
}

const policyIds = (n: number) => [
  `orders.checkout-steps/orders:${n}/0/0`,
  `orders.checkout-steps/orders:${n}/0/0#1`,
  `orders.checkout-reports/stock:${n}/0/0`,
  `payments.collection/payments:${n}/0/0`,
  `delivery.carrier/delivery:${n}/0/0`,
  `orders.checkout-steps/orders:${n}/0`,
  `x/orders:${n}/0/0`,
  `/${n}`,
  `${n}/`,
  `//`,
]

/** Uses up the ids that the policy's next commands would have, and then orders that item. */
const usedUpIds = (shape: string, index: number): Attack => ({
  name: `the ids of a policy: ${shape}`,
  expected: "refused or a caller's own, and an order of that item completes",
  limitMs: 60_000,
  isIndependent: true,
  isLong: index > 0,
  run: async (scene) => {
    const { http } = scene.victim.ports
    const [sku, id] = [scene.fresh("pol"), scene.fresh("polo")]
    await receive(scene, sku, "stock", 100)
    const shown = await ask(http, { path: "/orders/order-list/none" })
    const from = Number(/orders:(\d+)/.exec(shown.raw)?.[1] ?? 0)
    const answers = await many(60, 10, (n) => receive(scene, sku, policyIds(from + n)[index] ?? ""))
    const wrong = answers.filter(({ status }) => status === 0 || status >= 500)
    if (wrong.length > 0) return tallyOf(answers.map(({ status }) => status))
    const fields = { customer: id, lines: [{ sku, quantity: 1, price: 1 }] }
    await command(http, `/orders/order/${id}/PlaceOrder`, fields)
    const end = performance.now() + 30_000
    for (;;) {
      const { body } = await ask(http, { path: `/orders/order-list/${id}` })
      if (body.includes('"completed"')) return undefined
      if (performance.now() > end) return `the order is not completed: ${body.slice(0, 160)}`
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  },
})

const length = (count: number, statuses: readonly number[]) =>
  one(
    `an id of ${count} letters`,
    statuses.join(" or "),
    async (scene) => statusIn(statuses, await receive(scene, scene.fresh(), "k".repeat(count))),
  )

/** The class. */
export const idempotency: AttackClass = {
  name: "idempotency",
  attacks: () => [
    one("the same once more", "the first answer, and nothing is done", async (scene) => {
      const sku = scene.fresh()
      const [first, second] = [await receive(scene, sku, "k"), await receive(scene, sku, "k")]
      if (first.body !== second.body) return `${first.body} and then ${second.body}`
      const found = await onHand(scene, sku)
      return found === 1 ? undefined : `${found} on hand`
    }),
    one("another quantity", "422 or 409, and nothing is done", async (scene) => {
      const sku = scene.fresh()
      await receive(scene, sku, "k")
      const wrong = statusIn(OTHER, await receive(scene, sku, "k", 999))
      if (wrong !== undefined) return wrong
      const found = await onHand(scene, sku)
      return found === 1 ? undefined : `${found} on hand`
    }),
    one("another command", "422 or 409, and the product stays for sale", async (scene) => {
      const { http } = scene.victim.ports
      const path = `/products/product/${scene.fresh()}`
      const key = ["Idempotency-Key: k"]
      await command(http, `${path}/AddProduct`, { name: "a", price: 1 }, key)
      return statusIn(OTHER, await command(http, `${path}/RetireProduct`, {}, key))
    }),
    one("another command that is refused anyway", "409 or 422", async (scene) => {
      const { http } = scene.victim.ports
      const path = `/products/product/${scene.fresh()}`
      const key = ["Idempotency-Key: k"]
      await command(http, `${path}/AddProduct`, { name: "a", price: 1 }, key)
      return statusIn(
        OTHER,
        await command(http, `${path}/AddProduct`, { name: "b", price: 1 }, key),
      )
    }),
    one("the same fields in another order", "200", async (scene) => {
      const { http } = scene.victim.ports
      const path = `/products/product/${scene.fresh()}/AddProduct`
      const key = ["Idempotency-Key: k"]
      await command(http, path, { name: "a", price: 1 }, key)
      return statusIn([200], await command(http, path, { price: 1, name: "a" }, key))
    }),
    one("another actor", "200: an id is an actor's own", async (scene) => {
      const key = scene.fresh("key")
      await receive(scene, scene.fresh(), key)
      return statusIn([200], await receive(scene, scene.fresh(), key, 2))
    }),
    one("50 contents at once", "one is taken, all others are refused", async (scene) => {
      const sku = scene.fresh()
      const answers = await many(50, 50, (n) => receive(scene, sku, "k", n + 1))
      const taken = answers.filter(({ status }) => status === 200).length
      const known = answers.every(({ status }) => status === 200 || OTHER.includes(status))
      return taken === 1 && known ? undefined : tallyOf(answers.map(({ status }) => status))
    }),
    one("50 times the same at once", "50 times the same answer", async (scene) => {
      const sku = scene.fresh()
      const answers = await many(50, 50, () => receive(scene, sku, "k"))
      const bodies = new Set(answers.map(({ body }) => body))
      if (bodies.size !== 1) return tallyOf(answers.map(({ status }) => status))
      const found = await onHand(scene, sku)
      return found === 1 ? undefined : `${found} on hand`
    }),
    one("the same with If-Match of later", "200 or 412, and nothing is done", async (scene) => {
      const sku = scene.fresh()
      await receive(scene, sku, "k")
      const answer = await command(scene.victim.ports.http, `/stock/item/${sku}/ReceiveStock`, {
        quantity: 1,
      }, [
        "Idempotency-Key: k",
        'If-Match: "1"',
      ])
      return statusIn([200, 412, 422], answer) ??
        (await onHand(scene, sku) === 1 ? undefined : "it was done twice")
    }),
    one("with and without quotes", "one id or two, and never 500", async (scene) => {
      const sku = scene.fresh()
      await receive(scene, sku, '"q"')
      return statusIn([200], await receive(scene, sku, "q"))
    }),
    one(
      "the id of another's command on the same actor",
      "422 or 409 when the content differs",
      async (scene) => {
        const sku = scene.fresh()
        await receive(scene, sku, "mine", 5)
        return statusIn(OTHER, await receive(scene, sku, "mine", 6))
      },
    ),
    ...policyIds(0).map((id, index) => usedUpIds(id, index)),
    ...["%2F", "a%2Fb", "orders.checkout-steps%2Forders:1%2F0"].map((id) =>
      one(
        `an escaped slash: ${id}`,
        "200 or refused, and never 500",
        async (scene) => statusIn([200, 400, 422], await receive(scene, scene.fresh(), id)),
      )
    ),
    one(
      "a correlation id of a policy's shape",
      "never 500",
      async (scene) =>
        statusIn(
          [200, 400, 422],
          await command(
            scene.victim.ports.http,
            `/stock/item/${scene.fresh()}/ReceiveStock`,
            { quantity: 1 },
            ["Leftfold-Correlation-Id: orders:1", "Leftfold-Causation-Id: orders:1"],
          ),
        ),
    ),
    ...["", "!", "~", "'", '"', '""', "{}", "__proto__", "constructor", "*", ">", "a.b", "$JS"].map(
      (id) =>
        one(
          `the id ${id || "of no letters"}`,
          "any answer but 5xx",
          async (scene) => statusIn([200, 400, 422], await receive(scene, scene.fresh(), id)),
        ),
    ),
    length(1, [200]),
    length(64, [200]),
    length(128, [200]),
    length(129, [200, 400, 422]),
    length(256, [200, 400, 422]),
    length(257, [400, 422]),
    length(10_000, [400, 422]),
    one("500 ids on one actor", "all are taken, and the first is still known", async (scene) => {
      const sku = scene.fresh()
      const first = await receive(scene, sku, "first")
      const answers = await many(500, 50, (n) => receive(scene, sku, `n${n}`))
      const again = await receive(scene, sku, "first")
      if (again.body !== first.body) return `${first.body} and then ${again.body}`
      return answers.every(({ status }) => status === 200)
        ? undefined
        : tallyOf(answers.map(({ status }) => status))
    }),
  ],
}
