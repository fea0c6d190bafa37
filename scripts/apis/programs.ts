/** The programs that use the generated clients of the shop, by the names of their files. */

const ASYNCAPI = `
import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { Parser } from "@asyncapi/parser"
const { document, diagnostics } = await new Parser().parse(readFileSync("asyncapi.json", "utf8"))
assert.deepEqual(diagnostics.filter(({ severity }) => severity === 0), [])
assert.ok(document.operations().all().length > 50)
`

const OPENAPI_FETCH = `
import assert from "node:assert/strict"
import createClient from "openapi-fetch"
import type { paths } from "./shop.d.ts"

const as = (name: string) =>
  createClient<paths>({
    baseUrl: process.env.SHOP ?? "",
    headers: { Authorization: \`Bearer dev:\${name}\` },
  })
const [ada, bob] = [as("ada"), as("bob")]
const path = { id: "with-openapi-fetch" }
const body = { customer: "ada", lines: [{ sku: "tea", quantity: 2, price: 100 }] }
const placed = await ada.POST("/orders/order/{id}/PlaceOrder", { params: { path }, body })
assert.ok(placed.data, JSON.stringify(placed.error))
const { position, version }: { position: string; version: number } = placed.data
assert.equal(version, 1)

const again = await ada.POST("/orders/order/{id}/PlaceOrder", { params: { path }, body })
assert.equal(again.response.status, 409)
assert.ok(again.error && again.error.title === "AlreadyPlaced")

const row = await ada.GET("/orders/order-list/{key}", {
  params: { path: { key: path.id }, header: { "Leftfold-After": position } },
})
const total: number | undefined = row.data?.total
assert.equal(total, 200)

const rows = await ada.GET("/orders/orders-of-customer", {
  params: { query: { customer: "ada", limit: 5 }, header: { "Leftfold-After": position } },
})
assert.deepEqual(rows.data?.map(({ id }) => id), [path.id])

const hidden = await bob.GET("/orders/order-list/{key}", { params: { path: { key: path.id } } })
assert.equal(hidden.response.status, 404)
const refused = await bob.POST("/orders/order/{id}/PlaceOrder", {
  params: { path: { id: "bobs" } },
  body,
})
assert.equal(refused.response.status, 403)

// The compiler checks what follows; it never runs.
export const _types = async () => {
  const wrong = { ...body, lines: 1 }
  // @ts-expect-error: lines are a list
  await ada.POST("/orders/order/{id}/PlaceOrder", { params: { path }, body: wrong })
  // @ts-expect-error: nobody may send this command
  await ada.POST("/orders/checkout/{id}/BeginCheckout", {})
  const query = { customer: "ada", limit: "5" }
  // @ts-expect-error: a number is asked for
  await ada.GET("/orders/orders-of-customer", { params: { query } })
}
`

const HEY_API = `
import assert from "node:assert/strict"
import { client } from "./hey/client.gen.ts"
import { ordersOrderList, ordersOrderPlaceOrder, ordersOrdersOfCustomer } from "./hey/sdk.gen.ts"

client.setConfig({ baseUrl: process.env.SHOP ?? "", headers: { Authorization: "Bearer dev:ada" } })
const path = { id: "with-hey-api" }
const body = { customer: "ada", lines: [{ sku: "tea", quantity: 3, price: 100 }] }
const placed = await ordersOrderPlaceOrder({ path, body })
assert.ok(placed.data, JSON.stringify(placed.error))
const { position, version }: { position: string; version: number } = placed.data
assert.equal(version, 1)
const again = await ordersOrderPlaceOrder({ path, body })
assert.equal(again.response?.status, 409)
assert.ok(again.error && again.error.title === "AlreadyPlaced")
const after = { "Leftfold-After": position }
const row = await ordersOrderList({ path: { key: path.id }, headers: after })
const total: number | undefined = row.data?.total
assert.equal(total, 300)
const rows = await ordersOrdersOfCustomer({ query: { customer: "ada", limit: 5 }, headers: after })
assert.ok(rows.data?.some(({ id }) => id === path.id))

// The compiler checks what follows; it never runs.
export const _types = async () => {
  // @ts-expect-error: there is no such field
  await ordersOrderPlaceOrder({ path, body: { ...body, lines: 1 } })
  // @ts-expect-error: a number is asked for
  await ordersOrdersOfCustomer({ query: { customer: "ada", limit: "5" } })
}
`

/** The programs and settings, by the names of their files. */
export const PROGRAMS: Readonly<Record<string, string>> = {
  "spectral.yaml": 'extends: ["spectral:oas"]\n',
  "asyncapi.mjs": ASYNCAPI,
  "openapi-fetch.ts": OPENAPI_FETCH,
  "hey-api.ts": HEY_API,
}
