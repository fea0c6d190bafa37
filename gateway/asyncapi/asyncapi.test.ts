/** Tests of the AsyncAPI description: it leads to what there is, and holds together. */
import assert from "node:assert/strict"
import { Schema } from "effect"
import { Contract } from "../../contracts/internal.ts"
import { Projection } from "../../projections/internal.ts"
import { test } from "../../testing/test.ts"
import {
  commandSubject,
  decode,
  encodeCommit,
  historyName,
  isMap,
  logSubject,
  Names,
  querySubject,
} from "../../wire/internal.ts"
import { asyncApi } from "./asyncapi.ts"

interface Node {
  readonly value: number
  readonly next: Node | null
}
const Node = Schema.Struct({
  value: Schema.Int,
  next: Schema.NullOr(Schema.suspend((): Schema.Codec<Node> => Node)),
}).annotate({ identifier: "Node" })

const Notes = Contract.define("desk.note", {
  commands: {
    Write: {
      at: Schema.Tuple([Schema.String, Schema.Int]),
      prefixItems: Schema.String,
      default: Schema.Tuple([Schema.Int]),
      node: Node,
    },
    Burn: {},
  },
  internal: { Move: { to: Schema.String } },
  events: { Written: { at: Schema.Tuple([Schema.String, Schema.Int]) }, Burnt: {} },
  rejections: { TooLong: { limit: Schema.Int } },
})

const NoteList = Projection.define("desk.note-list", {
  from: [Notes],
  row: { id: Schema.String },
  key: "id",
  on: { Written: (_row, _event, { id }) => ({ id }) },
})

interface Described {
  readonly channels: Readonly<Record<string, { address: string | null; messages: object }>>
  readonly operations: Readonly<
    Record<string, {
      readonly action: string
      readonly channel: { readonly $ref: string }
      readonly messages: readonly { readonly $ref: string }[]
      readonly reply?: {
        readonly channel: { readonly $ref: string }
        readonly messages: readonly { readonly $ref: string }[]
      }
    }>
  >
  readonly components: { readonly schemas: Record<string, Record<string, unknown>> }
}

const parts = { contracts: [Notes], projections: [NoteList], queries: [] }
const described = asyncApi(parts, "desk") as unknown as Described

const at = (document: unknown, reference: string): unknown =>
  reference.slice(2).split("/").reduce(
    (found: unknown, key) => isMap(found) ? found[key] : undefined,
    document,
  )

/** All references of a document. */
const referencesIn = (value: unknown): string[] =>
  Array.isArray(value) ? value.flatMap(referencesIn) : !isMap(value) ? [] : [
    ...(typeof value["$ref"] === "string" ? [value["$ref"]] : []),
    ...Object.values(value).flatMap(referencesIn),
  ]

test("its channels are the subjects that services may use, and those of the log", () => {
  const addresses = Object.values(described.channels).map(({ address }) => address)
    .map((address) => address?.replace("{id}", "n-1"))
  const slice = logSubject("desk.note", "n-1").split(".")[3]!
  assert.deepEqual(addresses.map((each) => each?.replace("{slice}", slice)), [
    commandSubject("desk.note", "n-1", "Write"),
    commandSubject("desk.note", "n-1", "Burn"),
    querySubject("desk.note"),
    querySubject(historyName("desk.note")),
    logSubject("desk.note", "n-1"),
    querySubject("desk.note-list"),
    undefined,
  ])
  assert.doesNotMatch(JSON.stringify(described), /Move/, "internal commands are for policies")
})

test("its channels have the prefix of the application", () => {
  const names = new Names({ prefix: "eu" })
  const { channels } = asyncApi(parts, "desk", { names }) as unknown as Described
  for (const [key, { address }] of Object.entries(channels)) {
    const plain = described.channels[key]!.address
    assert.equal(address, plain === null ? null : names.subject(plain))
    if (address !== null) assert.match(address, /^eu\./)
  }
})

test("all of its references lead somewhere, and messages belong to their channels", () => {
  const all = referencesIn(described)
  assert.ok(all.length > 20)
  for (const each of all) assert.ok(isMap(at(described, each)), each)
  for (const { channel, messages, reply } of Object.values(described.operations)) {
    for (const { $ref } of messages) assert.ok($ref.startsWith(`${channel.$ref}/messages/`), $ref)
    for (const { $ref } of reply?.messages ?? []) {
      assert.ok($ref.startsWith(`${reply!.channel.$ref}/messages/`), $ref)
    }
  }
})

test("tuples are those of draft 7, whatever fields are called", () => {
  const { properties } = described.components.schemas["desk.note.Write"] as {
    properties: Record<string, Record<string, unknown>>
  }
  assert.ok(Array.isArray(properties["at"]?.["items"]))
  assert.ok(Array.isArray(properties["default"]?.["items"]))
  assert.equal(properties["prefixItems"]?.["type"], "string")
  assert.doesNotMatch(JSON.stringify(described), /"prefixItems":\[/)
})

test("a commit is described as the log holds it", () => {
  const { properties } = described.components.schemas["desk.note._Commit"] as {
    properties: { events: { items: { oneOf: { required: string[]; properties: object }[] } } }
  }
  const { type, schema, data } = Notes.codec.plain(Notes.events.Written({ at: ["x", 1] }))
  const events = [{ type, schema, data, command: "c-1", time: 1 }]
  const stored = decode("msgpack", encodeCommit({ base: 0, ancestors: [], events }))
  assert.ok(isMap(stored) && Array.isArray(stored["events"]))
  assert.deepEqual(Object.keys(stored).sort(), Object.keys(properties).sort())
  const [written] = properties.events.items.oneOf
  assert.deepEqual(Object.keys(stored["events"][0]).sort(), [...written!.required].sort())
})
