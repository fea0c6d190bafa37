/** Tests of the description of a gateway: every header and status of its code is in it. */
import assert from "node:assert/strict"
import { type Context, Hono } from "hono"
import { Schema } from "effect"
import { test } from "../../testing/test.ts"
import { Contract } from "../../contracts/internal.ts"
import { Projection } from "../../projections/internal.ts"
import { door } from "../door.ts"
import { developmentUsers } from "../own/development-users.ts"
import { oidc } from "../own/oidc.ts"
import type { Users } from "../own/users.ts"
import { describedAccess } from "./audience.ts"
import { openApi } from "./openapi.ts"
import { readStatus } from "../precondition.ts"
import { commandOptions, lastSeen, queryOptions } from "../request.ts"

const Notes = Contract.define("desk.note", {
  commands: { Write: { text: Schema.String } },
  events: { Written: { text: Schema.String } },
})

const NoteList = Projection.define("desk.note-list", {
  from: [Notes],
  row: { id: Schema.String, text: Schema.String },
  key: "id",
  on: { Written: (_row, { text }, { id }) => ({ id, text }) },
})

interface Operation {
  readonly parameters: readonly {
    readonly name: string
    readonly in: string
    readonly description?: string
  }[]
  readonly security?: unknown
  readonly responses: Readonly<Record<string, { readonly description?: string }>>
}

const { paths } = openApi(
  { contracts: [Notes], projections: [NoteList], queries: [] },
  "desk",
) as { paths: Record<string, { get?: Operation; post?: Operation }> }

const COMMAND = paths["/desk/note/{id}/Write"]!.post!
const VIEW = paths["/desk/note-list/{key}"]!.get!

const described = ({ parameters }: Operation): readonly string[] =>
  parameters.filter((each) => each.in === "header").map(({ name }) => name)

/** The headers that this reads of a request which accepts a stream of events. */
const headersRead = (read: (context: Context) => unknown): readonly string[] => {
  const names = new Set<string>()
  const header = (name: string) => {
    names.add(name)
    return name === "Accept" ? "text/event-stream" : undefined
  }
  read({ req: { header, method: "GET" } } as unknown as Context)
  // OpenAPI describes the types of an answer with the answer, not as a parameter.
  return [...names].filter((name) => name !== "Accept")
}

test("every header that a command or a view reads is described", () => {
  const ofCommand = headersRead((context) => commandOptions(context, undefined))
  assert.ok(ofCommand.length >= 7, String(ofCommand))
  for (const name of ofCommand) assert.ok(described(COMMAND).includes(name), name)
  const ofView = [
    ...headersRead((context) => queryOptions(context, "desk:1")),
    ...headersRead((context) => lastSeen(context, new Set(["desk"]))),
    ...headersRead(({ req }) => readStatus((name) => req.header(name), "1")),
  ]
  assert.ok(ofView.length >= 5, String(ofView))
  for (const name of ofView) assert.ok(described(VIEW).includes(name), name)
})

test("the description of a key says for how long its id is remembered", () => {
  const [key] = COMMAND.parameters.filter(({ name }) => name === "Idempotency-Key")
  assert.match(key?.description ?? "", /for 24 hours unless the actor has taken 65,536 commands/)
  const brief = { ...Notes, idempotencyWindowMs: 90_000 }
  const described = JSON.stringify(
    openApi({ contracts: [brief], projections: [], queries: [] }, "desk"),
  )
  assert.match(described, /first answer, for 90 seconds unless/)
})

test("no header is described that would be ignored", () => {
  assert.ok(!described(COMMAND).includes("Leftfold-Principal"))
})

test("every status that the door answers is described, with a text", async () => {
  const app = new Hono()
  app.use(door({ hosts: ["here"] }))
  const refused = async (method: string, path: string, headers: Record<string, string>) =>
    String((await app.request(`http://here${path}`, { method, headers })).status)
  const foreignHost = { Host: "elsewhere" }
  const foreignPage = { Host: "here", "Sec-Fetch-Site": "cross-site" }
  const ofCommand = await Promise.all([
    refused("POST", "/a", foreignHost),
    refused("POST", "/%ff", { Host: "here" }),
    refused("POST", "/a", { Host: "here", "Accept-Encoding": "gzip, identity;q=0" }),
    refused("POST", "/a", foreignPage),
  ])
  assert.deepEqual(ofCommand, ["421", "400", "406", "403"])
  for (const status of ofCommand) assert.ok(COMMAND.responses[status]?.description, status)
  const ofView = ofCommand.slice(0, 3)
  for (const { get } of Object.values(paths)) {
    for (const status of get ? ofView : []) assert.ok(get?.responses[status]?.description, status)
  }
})

const Line = Schema.Struct({ sku: Schema.String, quantity: Schema.Int })

interface Node {
  readonly name: string
  readonly parts: readonly Node[]
}

const Part = Schema.Struct({
  name: Schema.String,
  parts: Schema.Array(Schema.suspend((): Schema.Codec<Node> => Part)),
}).annotate({ identifier: "desk.bill.BillSent" })

const Bills = Contract.define("desk.bill", {
  commands: {
    SendBill: { lines: Schema.NonEmptyArray(Line) },
    Place: { part: Part },
  },
  events: { BillSent: { lines: Schema.NonEmptyArray(Line) }, Placed: {} },
  rejections: { Misplaced: { at: Schema.String }, AlreadySent: {} },
})

interface Named {
  readonly [name: string]: { readonly [part: string]: unknown }
}

const parts = {
  contracts: [Bills],
  projections: [NoteList],
  queries: [],
  states: new Map([["desk.bill", { type: "object", properties: { sent: { type: "boolean" } } }]]),
}

interface Described {
  readonly paths: Record<string, { readonly get?: Operation; readonly post?: Operation }>
  readonly components: { readonly schemas: Named; readonly securitySchemes: Named }
}

const open = openApi(parts, "desk") as unknown as Described

const billed = openApi(
  parts,
  "desk",
  {
    scheme: { type: "http", scheme: "bearer" },
    audienceOf: (name, what) =>
      `${name} ${what}` === "desk.bill history"
        ? "nobody"
        : name === "desk.note-list"
        ? "anybody"
        : "users",
  },
) as unknown as Described

const { schemas } = billed.components

test("an answer has one type: streams of events stand apart", () => {
  const { get } = open.paths["/desk/note-list/{key}"]!
  const { 200: found } = get!.responses as Record<string, { content: object }>
  assert.deepEqual(Object.keys(found!.content), ["application/json"])
  assert.ok("x-event-stream" in get!)
})

test("a list that is never empty has items and a minimum, as generators read it", () => {
  const { lines } = schemas["desk.bill.SendBill"]!.properties as Named
  assert.equal(lines!.minItems, 1)
  assert.ok(!("prefixItems" in lines!))
  assert.ok("items" in lines!)
})

test("messages of all kinds are named, also where a schema has the name of a message", () => {
  const { schemas } = open.components
  const names = Object.keys(schemas)
  for (const name of ["desk.bill.Place", "desk.bill.BillSent", "desk.bill.BillSent_2"]) {
    assert.ok(names.includes(name), `${name} in ${names}`)
  }
  const references = [...JSON.stringify(open).matchAll(/"#\/components\/schemas\/([^"]+)"/g)]
  assert.ok(references.length > 20)
  for (const [, name] of references) assert.ok(names.includes(name!), name)
  const rejection = schemas["desk.bill._Rejection"] as {
    readonly oneOf: readonly { readonly $ref: string }[]
    readonly discriminator: { readonly propertyName: string; readonly mapping: object }
  }
  assert.equal(rejection.discriminator.propertyName, "title")
  assert.deepEqual(Object.keys(rejection.discriminator.mapping), ["Misplaced", "AlreadySent"])
  const at = rejection.oneOf[0]!.$ref.split("/").at(-1)!
  assert.deepEqual(schemas[at]!.required, ["type", "title", "status", "at"])
  assert.deepEqual((schemas[at]!.properties as Named).title, { const: "Misplaced" })
})

test("states, histories and rows are typed, and operations have summaries", () => {
  const { state } = schemas["desk.bill._State"]!.properties as Named
  assert.deepEqual(state, { type: "object", properties: { sent: { type: "boolean" } } })
  const { events } = open.components.schemas["desk.bill._History"]!.properties as Named
  assert.match(JSON.stringify(events), /oneOf.*desk\.bill\.BillSent.*desk\.bill\.Placed/)
  assert.deepEqual(Object.keys(schemas["desk.note-list._Row"]!.properties as Named), ["id", "text"])
  const summaries = Object.values(billed.paths).flatMap(({ get, post }) => get ?? post ?? [])
    .map((operation) => (operation as { readonly summary?: string }).summary)
  assert.ok(summaries.every((summary) => summary !== undefined && summary !== ""), `${summaries}`)
  assert.ok(summaries.includes("Send bill"))
})

test("an operation says who may use it, and one for nobody is not described", () => {
  const all = Object.entries(billed.paths).map(([path, { get, post }]) => {
    const { security, responses } = (get ?? post)!
    return [path, security, 401 in responses, 403 in responses]
  })
  const user = [{ user: [] }]
  assert.deepEqual(all, [
    ["/desk/bill/{id}/SendBill", user, true, true],
    ["/desk/bill/{id}/Place", user, true, true],
    ["/desk/bill/{id}", user, true, true],
    ["/desk/note-list/{key}", [], true, false],
  ])
  assert.match(
    billed.paths["/desk/bill/{id}/Place"]!.post!.responses[403]!.description!,
    /another origin .* No rule allows this to the user/,
  )
  assert.deepEqual(billed.components.securitySchemes, {
    user: { type: "http", scheme: "bearer" },
  })
  // Without users nothing is said of them.
  assert.doesNotMatch(JSON.stringify(open.paths), /"security"|"401"/)
  assert.ok("/desk/bill/{id}/history" in open.paths)
})

test("no schema is described to which no operation leads", () => {
  assert.ok("desk.bill._History" in open.components.schemas)
  for (const name of ["desk.bill._History", "desk.bill.Placed"]) assert.ok(!(name in schemas), name)
  for (const { components, paths } of [billed, open]) {
    const text = JSON.stringify([components, paths])
    for (const name of Object.keys(components.schemas)) {
      assert.ok(text.includes(`"#/components/schemas/${name}"`), name)
    }
  }
})

test("a description says how users prove who they are, and what an application closes", () => {
  const find: Users = () => undefined
  const own = { type: "apiKey", in: "header", name: "X-Staff" }
  const schemeOf = (users: Users) => describedAccess({ users }).scheme
  assert.equal(schemeOf(Object.assign(() => undefined, { scheme: own })), own)
  assert.equal(schemeOf(find)?.type, "http")
  assert.match(String(schemeOf(developmentUsers({ ada: {}, bob: {} }))?.description), /ada,bob/)
  assert.deepEqual(schemeOf(oidc({ issuer: "https://id.example.org/", audience: "desk" })), {
    type: "openIdConnect",
    openIdConnectUrl: "https://id.example.org/.well-known/openid-configuration",
  })
  const closed = openApi(
    { contracts: [Notes], projections: [NoteList], queries: [] },
    "desk",
    describedAccess({ openReads: false }),
  ) as { readonly paths: object }
  assert.deepEqual(Object.keys(closed.paths), ["/desk/note/{id}/Write", "/desk/note-list/{key}"])
})
