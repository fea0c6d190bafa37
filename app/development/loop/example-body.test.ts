/** Tests of example bodies: they fit the schemas that they were made from. */
import assert from "node:assert/strict"
import { Schema } from "effect"
import { Invalid, schemaCodec } from "../../../contracts/internal.ts"
import { test } from "../../../testing/test.ts"
import { fittingExample } from "./example-body.ts"

/** The example for a codec, or undefined. */
const exampleFor = ({ jsonSchema, decode }: ReturnType<typeof schemaCodec<object>>) =>
  fittingExample(jsonSchema(), (example) => {
    try {
      decode(example)
      return undefined
    } catch (error) {
      return error instanceof Invalid ? error.issues?.[0]?.path ?? "" : ""
    }
  })

const text = Schema.NonEmptyString.check(Schema.isMaxLength(5))

const fields = {
  name: text,
  long: Schema.String.check(Schema.isMinLength(12)),
  count: Schema.Int.check(Schema.isGreaterThan(0)),
  cents: Schema.Int.check(Schema.isGreaterThanOrEqualTo(0)),
  ratio: Schema.Finite,
  state: Schema.Literals(["open", "closed"]),
  when: Schema.Date,
  later: Schema.DateTimeUtc,
  digits: Schema.FiniteFromString,
  currency: Schema.String.check(Schema.isPattern(/^[A-Z]{3}$/)),
  isNew: Schema.Boolean,
  maybe: Schema.NullOr(Schema.String),
  either: Schema.Union([Schema.Int, Schema.String]),
  nested: Schema.Struct({ a: Schema.Array(Schema.String), b: Schema.Literal("x") }),
  lines: Schema.NonEmptyArray(Schema.Struct({ sku: Schema.String, quantity: Schema.Int })),
  pair: Schema.Tuple([Schema.String, Schema.Int]),
}

for (const [name, schema] of Object.entries(fields)) {
  test(`the example of ${name} fits its schema`, () => {
    const codec = schemaCodec<object>(Schema.Struct({ [name]: schema }) as never, name)
    assert.ok(codec.decode(exampleFor(codec)))
  })
}

test("fields that can be left out are, and the same schema gives the same example", () => {
  const schema = Schema.Struct({ id: Schema.String, note: Schema.optionalKey(Schema.String) })
  const codec = schemaCodec<object>(schema as never, "a thing")
  assert.deepEqual(exampleFor(codec), { id: "a-id" })
})

test("where no common value fits, there is no example", () => {
  const never = Schema.Struct({ id: Schema.String.check(Schema.isPattern(/^[0-9]-[x-z]{9}$/)) })
  assert.equal(exampleFor(schemaCodec<object>(never as never, "a thing")), undefined)
})

test("what describes itself without end has an end", () => {
  const endless = { $ref: "#/$defs/a", $defs: { a: { type: "object", required: ["a"] } } }
  const properties = { a: { $ref: "#/$defs/a" } }
  const schema = { ...endless, $defs: { a: { ...endless.$defs.a, properties } } }
  const example = fittingExample(schema, () => undefined)
  assert.ok(JSON.stringify(example).length < 1_000)
})

test("a whole number without bounds of its own is a usual one", () => {
  const schema = Schema.Struct({ year: Schema.Int, cents: fields.cents })
  assert.deepEqual(exampleFor(schemaCodec<object>(schema as never, "a book")), {
    year: 1,
    cents: 1,
  })
})
