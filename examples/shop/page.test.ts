/** Tests of the shop's page over HTTP: it is served, and what its script speaks is there. */
import assert from "node:assert/strict"
import { after, before } from "node:test"
import { App, type RunningApp } from "leftfold/app"
import { test } from "leftfold/testing"
import { shop, shopWith } from "./main.ts"
import { eventually, post, signedIn, Visitor } from "./fixtures/visitor.ts"
import { identityIn } from "./users/users.ts"

interface Described {
  readonly paths: Readonly<Record<string, { readonly get?: object; readonly post?: object }>>
}

let app: RunningApp
before(async () => {
  app = await App.inMemory(shop)
})
after(() => app.stop())

const textAt = async (path: string, type: RegExp): Promise<string> => {
  const response = await app.fetch(path)
  assert.equal(response.status, 200, path)
  assert.match(response.headers.get("Content-Type") ?? "", type, path)
  return await response.text()
}

/** The paths that a constant of the script names, such as `READ`. */
const pathsIn = (script: string, constant: string): string[] => {
  const body = new RegExp(`const ${constant} = \\{([^]*?)\\n\\}`).exec(script)?.[1] ?? ""
  return [...body.matchAll(/"(\/[^"]*)"/g)].map(([, path]) => path!)
}

const SCRIPTS = ["/page.js", "/events.js", "/sign-in.js"]

test("the page and all that it names are served, each with its type", async () => {
  const html = await textAt("/", /^text\/html/)
  const named = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path!)
  assert.deepEqual(named, ["/icon.svg", "/page.css", "/page.js", "/openapi.json"])
  await textAt("/icon.svg", /^image\/svg\+xml/)
  await textAt("/page.css", /^text\/css/)
  for (const script of SCRIPTS) await textAt(script, /^text\/javascript/)
  await textAt("/openapi.json", /^application\/json/)
})

test("the page is told who has signed in, and how others do", async () => {
  const say = async (headers = {}) => {
    const response = await app.fetch("/sign-in", { headers })
    return [response.status, await response.json() as object] as const
  }
  const names = ["ada", "bob", "staff", "service"]
  assert.deepEqual(await say(), [200, { names }])
  assert.deepEqual(await say(signedIn("ada")), [200, {
    names,
    user: { id: "ada", role: "customer" },
  }])
  const [, { user }] = await say(signedIn("staff")) as [number, { user?: object }]
  assert.deepEqual(user, { id: "staff", role: "staff" })
  for (const wrong of ["Bearer dev:eve", "Bearer ada", "dev:ada", "Basic dev:ada", "Bearer dev:"]) {
    assert.equal((await say({ Authorization: wrong }))[0], 401, wrong)
  }
})

test("in production a name is not enough, and what to set is said", async () => {
  const servers = { natsUrl: "nats://127.0.0.1:1", databaseUrl: "postgres://127.0.0.1:1/none" }
  const roles = ["gateway"] as const
  const principalKeys = ["k".repeat(32)]
  const given = { ...servers, roles, principalKeys }
  for (const wrong of [{ profile: "production" }, { host: "0.0.0.0" }] as const) {
    await assert.rejects(App.start(shop, { ...given, ...wrong }), /set SHOP_ISSUER to the issuer/)
  }
  const { users, signIn } = identityIn({ SHOP_ISSUER: "https://id.example" })
  assert.deepEqual(signIn, { issuer: "https://id.example", client: "shop" })
  assert.equal(await users(new Request("http://shop/")), undefined)
  const withIssuer = await App.inMemory(shopWith(undefined, { users, signIn }))
  const policy = (await withIssuer.fetch("/")).headers.get("Content-Security-Policy") ?? ""
  assert.match(policy, /connect-src 'self' https:\/\/id\.example;/)
  await withIssuer.stop()
})

test("every path that the script speaks to is described, with its method", async () => {
  const script = await textAt("/page.js", /^text\/javascript/)
  const { paths } = JSON.parse(await textAt("/openapi.json", /json/)) as Described
  const read = [...pathsIn(script, "READ"), ...pathsIn(script, "LOGS")]
  const said = pathsIn(script, "SAY")
  for (const path of read) assert.ok(paths[path]?.get, path)
  for (const path of said) assert.ok(paths[path]?.post, path)
  const all = [...script.matchAll(/["'`](\/[^"'`]*)["'`]/g)].map(([, path]) => path!)
  assert.deepEqual(all.sort(), [...read, ...said].sort())
  assert.ok(read.length >= 6 && said.length >= 4)
})

test("every element that the script looks for by its id is on the page", async () => {
  const html = await textAt("/", /^text\/html/)
  const script = await textAt("/page.js", /^text\/javascript/)
  const ids = [...script.matchAll(/"#([a-z-]+)"/g)].map(([, id]) => id!)
  assert.ok(ids.length > 5)
  for (const id of ids) assert.ok(html.includes(`id="${id}"`), id)
  const classes = [...script.matchAll(/element\("\.([a-z-]+)", item\)/g)].map(([, name]) => name!)
  assert.ok(classes.length > 5)
  for (const name of classes) assert.ok(html.includes(`class="${name}"`), name)
})

test("an order as the page places it can be watched to its end as a browser does", async () => {
  const visitor = new Visitor(app)
  await visitor.say("/products/product/tea/AddProduct", { name: "Green tea", price: 450 })
  await visitor.say("/stock/item/tea/ReceiveStock", { quantity: 10 })
  const forSale = () =>
    visitor.json<{ sku: string; available: number }[]>("/products/products-for-sale")
  await eventually(forSale, ({ body }) => body[0]?.sku === "tea" && body[0].available === 10)
  const watching = await app.fetch("/orders/order-detail/o-1", {
    headers: { ...signedIn("ada"), Accept: "text/event-stream" },
  })
  assert.match(watching.headers.get("Content-Type") ?? "", /^text\/event-stream/)
  const order = {
    customer: "ada",
    address: "1 Main St",
    lines: [{ sku: "tea", quantity: 2, price: 450 }],
  }
  const placed = await app.fetch("/orders/order/o-1/PlaceOrder", post(order, signedIn("ada")))
  assert.equal(placed.status, 200)
  let seen = ""
  const reader = watching.body!.pipeThrough(new TextDecoderStream()).getReader()
  while (!/^data: .*"state":"completed"/m.test(seen)) {
    const { done, value } = await reader.read()
    assert.ok(!done, seen)
    seen += value
  }
  await reader.cancel()
  assert.match(seen, /^event: gone$/m)
})
