/** Tests of the types for other services: each schema becomes a type that allows its values. */
import assert from "node:assert/strict"
import { Schema } from "effect"
import { Actor } from "../../actors/internal.ts"
import { Contract, schemaCodec } from "../../contracts/internal.ts"
import { test } from "../../testing/test.ts"
import { App } from "../mod.ts"
import { appTypes } from "./app-types.ts"
import { schemaType } from "./schema-type.ts"

const typeOf = (schema: Schema.Codec<unknown, unknown>): string =>
  schemaType(schemaCodec(schema, "a value").jsonSchema(), (reference) => reference)

test("a schema becomes the type of its plain form", () => {
  const known: [Schema.Codec<unknown, unknown>, string][] = [
    [Schema.String, "string"],
    [Schema.Int, "number"],
    [Schema.Boolean, "boolean"],
    [Schema.Null, "null"],
    [Schema.Date, "string"],
    [Schema.Literals(["a", "b"]), '"a" | "b"'],
    [Schema.NullOr(Schema.String), "string | null"],
    [Schema.Union([Schema.String, Schema.Int]), "string | number"],
    [Schema.Array(Schema.NullOr(Schema.Int)), "ReadonlyArray<number | null>"],
    [Schema.NonEmptyArray(Schema.Int), "readonly [number, ...ReadonlyArray<number>]"],
    [Schema.Tuple([Schema.String, Schema.Int]), "readonly [string, number]"],
    [Schema.Record(Schema.String, Schema.Int), "{ readonly [name: string]: number }"],
    [Schema.Unknown, "unknown"],
    [Schema.Struct({}), "Record<never, never>"],
    [
      Schema.Struct({ "a-b": Schema.String, c: Schema.optionalKey(Schema.Int) }),
      '{ readonly "a-b": string; readonly c?: number }',
    ],
  ]
  for (const [schema, type] of known) assert.equal(typeOf(schema), type)
})

test("every keyword of JSON Schema that says a type is read, and others say nothing", () => {
  const known: [unknown, string][] = [
    [true, "unknown"],
    [false, "never"],
    [{}, "unknown"],
    [{ minLength: 1 }, "unknown"],
    [{ type: "string", allOf: [{ minLength: 1 }] }, "string"],
    [{ const: null }, "null"],
    [{ enum: [1, "x"] }, '1 | "x"'],
    [{ type: ["string", "null"] }, "string | null"],
    [{ oneOf: [{ type: "string" }, { type: "string" }] }, "string"],
    [{ anyOf: [{ type: "number" }, {}] }, "unknown"],
    [{ allOf: [{ anyOf: [{ const: 1 }, { const: 2 }] }, { $ref: "#/x" }] }, "(1 | 2) & #/x"],
    [{ not: {} }, "never"],
    [{ type: "object", additionalProperties: false }, "Record<string, never>"],
    [
      { type: "array", prefixItems: [{ type: "null" }], minItems: 0, items: false },
      "readonly [(null)?]",
    ],
  ]
  for (const [schema, type] of known) assert.equal(schemaType(schema, (name) => name), type)
})

interface Node {
  readonly name: string
  readonly parts: readonly Node[]
}
const Node: Schema.Codec<Node> = Schema.Struct({
  name: Schema.String,
  parts: Schema.Array(Schema.suspend((): Schema.Codec<Node> => Node)),
}).annotate({ identifier: "Node" })

const Things = Contract.define("house.thing", {
  commands: { Build: { of: Node }, Break: {} },
  internal: { Rot: {} },
  events: { Built: {} },
  rejections: { Broken: { since: Schema.Date } },
})
const thing = Actor.define(Things, {
  initial: 0,
  decide: { Build: () => Things.events.Built(), Break: () => [], Rot: () => [] },
  evolve: { Built: (count) => count + 1 },
})

test("a type that mentions itself has a name, and internal commands have no types", () => {
  const text = appTypes(App.define("9 lives", { actors: [thing] }))
  assert.match(text, /^export interface App9Lives \{$/m)
  assert.match(
    text,
    /^export type Node = \{ readonly name: string; readonly parts: ReadonlyArray<Node> \}$/m,
  )
  assert.match(text, /^ {8}readonly Build: \{ readonly of: Node \}$/m)
  assert.match(text, /^ {8}readonly Broken: \{ readonly since: string \}$/m)
  assert.doesNotMatch(text, /Rot/)
})
