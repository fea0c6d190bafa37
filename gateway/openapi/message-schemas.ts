/** The schemas of a contract's messages and answers, by name, for the OpenAPI description. */
import type { AnyContract } from "../../contracts/internal.ts"
import type { SharedSchemas } from "./shared-schemas.ts"

type Json = Record<string, unknown>

const text: Json = { type: "string" }
const count: Json = { type: "integer", minimum: 0 }
const time: Json = { type: "string", format: "date-time" }

const object = (properties: Json, required: readonly string[]): Json => ({
  type: "object",
  properties,
  ...(required.length > 0 ? { required } : {}),
})

type Named = readonly [type: string, reference: { readonly $ref: string }]

/** A schema of one of these; the member `tag` tells which. Without any, it is `otherwise`. */
const oneOf = (all: readonly Named[], tag: string, otherwise: Json): Json =>
  all.length === 0 ? otherwise : {
    oneOf: all.map(([, reference]) => reference),
    discriminator: {
      propertyName: tag,
      mapping: Object.fromEntries(all.map(([type, { $ref }]) => [type, $ref])),
    },
  }

const isPlainObject = ({ type, properties }: Json): boolean =>
  type === "object" && typeof properties === "object" && properties !== null

/** The problem of a rejection: its name is the title, and its fields are members. */
const rejectionSchema = (type: string, fields: Json): Json => {
  const own = {
    type: { const: "urn:leftfold:rejection" },
    title: { const: type },
    status: { const: 409 },
  }
  const names = ["type", "title", "status"]
  if (!isPlainObject(fields)) return { allOf: [object(own, names), fields] }
  const { properties, required = [] } = fields as { properties: Json; required?: string[] }
  return object({ ...properties, ...own }, [...names, ...required])
}

const SKIPPED = object({ by: text, reason: text, time }, ["by", "reason", "time"])

/** An event in a history, with its metadata. Without data, it says why. */
const eventSchema = (type: string, data: Json): Json =>
  object({
    type: { const: type },
    data,
    version: count,
    position: text,
    time,
    commandId: text,
    correlation: text,
    causation: text,
    principal: text,
    traceparent: text,
    skipped: { ...SKIPPED, description: "An operator has stepped over this event." },
    unreadable: { ...text, description: "Why the contract cannot read this event." },
    omittedBytes: { ...count, description: "The size of data that no answer can hold." },
  }, ["type", "position", "time"])

/** The names of the schemas of one contract. */
export interface MessageSchemas {
  /** A reference to a command's fields. */
  readonly command: (type: string, schema: Json) => Json
  /** What a rejected command is answered. */
  readonly rejection: Json
  /** What the state of an actor is answered as, and its history. */
  readonly state: Json
  readonly history: Json
}

/** Adds the schemas of a contract. `state` is the schema of its actor's state, if it has one. */
export const messageSchemas = (
  { name, codec }: AnyContract,
  shared: SharedSchemas,
  state?: Json,
): MessageSchemas => {
  const added = (kind: "rejection" | "event", made: typeof rejectionSchema) =>
    Object.entries(codec.jsonSchemas(kind)).map(([type, schema]): Named => [
      type,
      shared.add(`${name}.${type}`, made(type, shared.lift(schema))),
    ])
  const problem = { $ref: "#/components/schemas/Problem" }
  const rejections = added("rejection", rejectionSchema)
  const events = added("event", eventSchema)
  const position = { type: "string", examples: ["orders:17"] }
  const answer = object({
    id: text,
    version: count,
    position,
    time,
    state: state === undefined ? {} : shared.lift(state),
  }, ["version", "state"])
  const page = object({
    id: text,
    version: count,
    events: { type: "array", items: oneOf(events, "type", { type: "object" }) },
    skipped: { type: "array", items: { type: "object" } },
    next: { ...count, description: "Send this as `after` to get the next page." },
  }, ["id", "version", "events"])
  return {
    command: (type, schema) => shared.add(`${name}.${type}`, shared.lift(schema)),
    rejection: shared.add(`${name}._Rejection`, oneOf(rejections, "title", problem)),
    state: shared.add(`${name}._State`, answer),
    history: shared.add(`${name}._History`, page),
  }
}
