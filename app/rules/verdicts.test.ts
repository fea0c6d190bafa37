/**
 * The verdicts of the shop: every command, state, history, row, query and live stream, for every
 * kind of caller, over HTTP and over NATS. What is expected comes from one table of classes.
 */
import assert from "node:assert/strict"
import { after, before } from "node:test"
import { shop } from "../../examples/shop/main.ts"
import { signedIn } from "../../examples/shop/fixtures/visitor.ts"
import { UNCONFIRMED_PAYMENT } from "../../examples/shop/payments/provider-fake.ts"
import { Invalid, isFailure } from "../../contracts/internal.ts"
import { isRaw } from "../../projections/internal.ts"
import { startOnServers } from "../../testing/test-servers.ts"
import { test } from "../../testing/test.ts"
import {
  commandSubject,
  decode,
  encode,
  HEADER,
  querySubject,
  requestOf,
} from "../../wire/internal.ts"
import { fittingExample } from "../development/loop/example-body.ts"
import type { StartedApp } from "../mod.ts"

/** The callers who may do something; what the table does not name is for staff. */
type Class = "everybody" | "users" | "owner" | "services" | "staff" | "system"

const TABLE: Partial<Record<Class, readonly string[]>> = {
  everybody: ["products.catalogue", "products.products-for-sale"],
  users: ["orders.order CancelOrder", "orders.orders-in-state"],
  owner: [
    ...["orders.order PlaceOrder", "orders.order-list", "orders.order-detail"],
    ...["orders.orders-of-customer", "customers.customer-card", "customers.customer state"],
    ...["customers.customer history", "customers.customer RegisterCustomer"],
    ...["customers.customer RenameCustomer", "customers.customer ChangeAddress"],
    "customers.customer CloseCustomer",
  ],
  services: [
    ...["payments.payment ConfirmPayment", "delivery.delivery DispatchDelivery"],
    ...["delivery.delivery CompleteDelivery", "delivery.delivery FailDelivery"],
    "delivery.delivery ReturnDelivery",
  ],
}

const CALLERS = ["nobody", "ada", "bob", "staff", "service", "system", "forger"] as const
type Caller = typeof CALLERS[number]

const CLAIMS: Partial<Record<Caller, object>> = {
  ...{ ada: {}, bob: {}, staff: { role: "staff" }, service: { role: "service" } },
}

/** What is asked for. Everything here is Ada's, where anything is. */
interface Asked {
  readonly what: string
  readonly kind: "command" | "actor" | "row" | "query"
  readonly path: string
  readonly name: string
  readonly id: string
  /** The fields of a command, or the parameters of a question. */
  readonly fields: object
  readonly isInternal?: boolean
}

const classOf = ({ what, isInternal }: Asked): Class => {
  if (isInternal) return "system"
  const found = Object.entries(TABLE).find(([, all]) => all.includes(what))
  return (found?.[0] ?? "staff") as Class
}

const ADMITTED: Readonly<Record<Class, readonly Caller[]>> = {
  everybody: ["nobody", "ada", "bob", "staff", "service", "system"],
  users: ["ada", "bob", "staff", "service", "system"],
  owner: ["ada", "staff", "system"],
  services: ["staff", "service", "system"],
  staff: ["staff", "system"],
  system: ["system"],
}

/** How something is asked: a live stream is asked over HTTP only. */
type Way = "HTTP" | "live" | "NATS"

/** What the table says: admitted, `401` or `403`; `404` for a row that somebody else may see. */
const expected = (asked: Asked, given: Caller, way: Way): string => {
  // HTTP takes nobody's word for a principal.
  const caller = given === "forger" && way !== "NATS" ? "nobody" : given
  if (caller === "forger") return "403"
  // Nobody is told of what only the application itself may do.
  if (classOf(asked) === "system" && caller !== "system") return "404"
  if (ADMITTED[classOf(asked)].includes(caller)) return "admitted"
  if (caller === "nobody") return "401"
  return asked.kind === "row" && classOf(asked) === "owner" ? "404" : "403"
}

/** An operation of the description. */
interface Described {
  readonly operationId: string
  readonly security: readonly object[]
  readonly responses: object
}

const orderOf = (customer: string, price: number) => ({
  customer,
  lines: [{ sku: "tea", quantity: 1, price }],
})

/** Fields that a rule looks at. All others come from the schema. */
const FIELDS: Readonly<Record<string, object>> = {
  "orders.order PlaceOrder": orderOf("ada", 1),
}

const PARAMETERS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "orders.orders-of-customer": { customer: "ada" },
  "orders.orders-in-state": { state: "placed" },
  "orders.sales": { from: "0000-01-01", to: "9999-12-31" },
  "stock.movements": { sku: "tea" },
}

const today = () => new Date().toISOString().slice(0, 10)

/** A row that is there, by view. */
const KEYS = (): Readonly<Record<string, string>> => ({
  "orders.order-list": "done",
  "orders.order-detail": "done",
  "orders.sales-per-day": today(),
  "customers.customer-card": "ada",
  "products.catalogue": "tea",
  "stock.level": "tea",
  "stock.ledger": "tea-1",
  "payments.payment-list": "done",
})

const IDS: Readonly<Record<string, string>> = {
  ...{ "customers.customer": "ada", "products.product": "tea", "stock.item": "tea" },
}

const pathOf = (name: string, ...rest: string[]) =>
  `/${[name.replace(".", "/"), ...rest].join("/")}`

/** Everything that can be asked of the shop, as its definition has it. */
const all = (): Asked[] => {
  const commands = shop.actors.flatMap(({ contract: { name, codec, internal } }): Asked[] =>
    Object.entries(codec.jsonSchemas("command")).map(([type, schema]) => {
      const what = `${name} ${type}`
      const fits = (each: unknown) => {
        try {
          codec.command(type, each)
          return undefined
        } catch (error) {
          return error instanceof Invalid ? error.issues?.[0]?.path ?? "" : ""
        }
      }
      const fields = (FIELDS[what] ?? fittingExample(schema, fits) ?? {}) as object
      const id = IDS[name] ?? "open"
      const path = pathOf(name, id, type)
      return { what, kind: "command", path, name, id, fields, isInternal: internal.has(type) }
    })
  )
  const reads = shop.actors.flatMap(({ contract: { name } }): Asked[] => {
    const id = IDS[name] ?? "done"
    const of = { kind: "actor", id, fields: { id } } as const
    return [
      { ...of, what: `${name} state`, path: pathOf(name, id), name },
      {
        ...of,
        what: `${name} history`,
        path: pathOf(name, id, "history"),
        name: `${name}.history`,
      },
    ]
  })
  const rows = shop.projections.filter((each) => !isRaw(each)).map(({ name }): Asked => {
    const key = KEYS()[name]
    assert.ok(key, `there is no row for ${name}`)
    return { what: name, kind: "row", path: pathOf(name, key), name, id: key, fields: { key } }
  })
  const queries = shop.queries.map(({ query: { name } }): Asked => {
    const fields = PARAMETERS[name] ?? {}
    const asked = new URLSearchParams(fields).toString()
    return { what: name, kind: "query", path: `${pathOf(name)}?${asked}`, name, id: "", fields }
  })
  // Commands come last, because they change what is read.
  return [...reads, ...rows, ...queries, ...commands]
}

let app: StartedApp
const cleaning: (() => Promise<void>)[] = []
before(async () => {
  app = await startOnServers({ after: (work) => void cleaning.push(work) }, shop)
  const say = (name: string, id: string, type: string, fields: object) =>
    app.client.askPlain(name, id, type, fields)
  await say("products.product", "tea", "AddProduct", { name: "Tea", price: 1 })
  await say("stock.item", "tea", "ReceiveStock", { quantity: 100 })
  await say("customers.customer", "ada", "RegisterCustomer", { name: "Ada", address: "1" })
  await say("orders.order", "done", "PlaceOrder", orderOf("ada", 1))
  await say("orders.order", "open", "PlaceOrder", orderOf("ada", UNCONFIRMED_PAYMENT))
  await say("orders.order", "bobs", "PlaceOrder", orderOf("bob", UNCONFIRMED_PAYMENT))
  await app.settled()
})
after(async () => {
  for (const work of cleaning.reverse()) await work()
})

/** What is sent over HTTP to be this caller; a forger claims in headers to be staff. */
const headersOf = (caller: Caller): Record<string, string> => {
  if (caller === "nobody") return {}
  if (caller !== "forger") return signedIn(caller)
  return {
    [HEADER.principal]: "staff",
    [HEADER.claims]: JSON.stringify(CLAIMS.staff),
    [HEADER.principalSeal]: "A".repeat(43),
  }
}

const verdictOf = (status: number): string =>
  [401, 403, 404].includes(status) ? String(status) : [200, 409].includes(status) ? "admitted" : `?`

const overHttp = async ({ kind, path, fields }: Asked, caller: Caller): Promise<string> => {
  const headers = headersOf(caller)
  const response = await app.fetch(
    path,
    kind !== "command" ? { headers } : {
      method: "POST",
      headers: { ...headers, "Content-Type": "application/json" },
      body: JSON.stringify(fields),
    },
  )
  await response.body?.cancel()
  return verdictOf(response.status)
}

/** The first event of a live stream. */
const live = async ({ path }: Asked, caller: Caller): Promise<string> => {
  const headers = { ...headersOf(caller), Accept: "text/event-stream" }
  const response = await app.fetch(path, { headers })
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
  const { value = "" } = await reader.read()
  await reader.cancel()
  if (response.status !== 200) return verdictOf(response.status)
  return /^event: gone$/m.test(value) ? "404" : /^data: [[{]/m.test(value) ? "admitted" : value
}

const statuses: Readonly<Record<string, number>> = {
  ...{ Unauthenticated: 401, Forbidden: 403, NotFound: 404 },
}

/** What a sender without keys is answered, with these headers. */
const unsealed = async (
  { kind, name, id, what, fields }: Asked,
  headers: Record<string, string>,
): Promise<string> => {
  const subject = kind === "command"
    ? commandSubject(name, id, what.split(" ")[1]!)
    : querySubject(name)
  const given = { ...headers, ...kind === "command" && { [HEADER.id]: crypto.randomUUID() } }
  const reply = await requestOf(app.wire, subject, encode("json", fields), given, 5_000)
  assert.ok(reply.type === "reply", reply.type)
  const code = reply.headers[HEADER.errorCode]
  if (code !== undefined) return verdictOf(Number(code))
  assert.ok(decode("json", reply.payload))
  return "admitted"
}

const overNats = async (asked: Asked, caller: Caller): Promise<string> => {
  if (caller === "nobody") return await unsealed(asked, {})
  if (caller === "forger") return await unsealed(asked, headersOf(caller))
  const { kind, name, id, what, fields } = asked
  const as = caller === "system" ? {} : { principal: caller, claims: { ...CLAIMS[caller] } }
  try {
    if (kind !== "command") await app.client.queryPlain(name, fields, as)
    else await app.client.askPlain(name, id, what.split(" ")[1]!, fields, as)
    return "admitted"
  } catch (error) {
    assert.ok(isFailure(error), String(error))
    return verdictOf(statuses[error._tag] ?? 0)
  }
}

const ASK = { HTTP: overHttp, live, NATS: overNats }

const waysOf = ({ kind }: Asked, caller: Caller): readonly Way[] => {
  if (caller === "system") return ["NATS"]
  return kind === "row" || kind === "query" ? ["HTTP", "live", "NATS"] : ["HTTP", "NATS"]
}

test("of the same query, each caller is shown the rows that are theirs", async () => {
  const path = "/orders/orders-in-state?state=placed"
  const seen: Readonly<Partial<Record<Caller, readonly string[]>>> = {
    ...{ ada: ["ada"], bob: ["bob"], staff: ["ada", "bob"], service: [] },
  }
  for (const [caller, customers] of Object.entries(seen) as [Caller, readonly string[]][]) {
    const customersIn = (rows: unknown) =>
      (rows as readonly { readonly customer: string }[]).map(({ customer }) => customer).sort()
    const response = await app.fetch(path, { headers: headersOf(caller) })
    assert.deepEqual(customersIn(await response.json()), customers, caller)
    const as = { principal: caller, claims: { ...CLAIMS[caller] } }
    const { result } = await app.client.queryPlain(
      "orders.orders-in-state",
      { state: "placed" },
      as,
    )
    assert.deepEqual(customersIn(result), customers, caller)
  }
})

test("everything is answered as the table says, to every caller and in every way", async () => {
  const asked = all()
  const named = Object.values(TABLE).flat()
  const known = new Set(asked.map(({ what }) => what))
  assert.deepEqual(named.filter((each) => !known.has(each)), [], "the table has only what there is")
  const wrong: string[] = []
  let count = 0
  for (const each of asked) {
    const cases = CALLERS.flatMap((caller) => waysOf(each, caller).map((way) => ({ caller, way })))
    await Promise.all(cases.map(async ({ caller, way }) => {
      const [got, wanted] = [await ASK[way](each, caller), expected(each, caller, way)]
      count++
      if (got !== wanted) wrong.push(`${each.what} · ${caller} · ${way}: ${got}, not ${wanted}`)
    }))
  }
  assert.deepEqual(wrong, [])
  assert.ok(count > 700, `${count} cases`)
})

test("the description says for each operation whether somebody must sign in for it", async () => {
  const { paths, components } = await (await app.fetch("/openapi.json")).json() as {
    readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>
    readonly components: { readonly securitySchemes: object }
  }
  const operations = Object.values(paths).flatMap((path) => Object.values(path))
  const said = operations.map(({ operationId, security }) => `${operationId} ${security.length}`)
  const wanted = all().filter(({ isInternal }) => !isInternal).map((asked) =>
    `${asked.what.replace(" ", ".")} ${classOf(asked) === "everybody" ? 0 : 1}`
  )
  assert.deepEqual(said.sort(), wanted.sort())
  const [scheme] = Object.keys(components.securitySchemes)
  for (const { operationId, security, responses } of operations) {
    assert.ok("401" in responses, operationId)
    assert.equal("403" in responses, operationId.match(/\.[A-Z]/) !== null || security.length > 0)
    for (const each of security) assert.deepEqual(each, { [scheme!]: [] }, operationId)
  }
})
