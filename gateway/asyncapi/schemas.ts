/** The schemas that the AsyncAPI description adds to those of the contracts. */
import type { AnyContract } from "../../contracts/internal.ts"
import { HEADER } from "../../wire/internal.ts"
import type { SharedSchemas } from "../openapi/shared-schemas.ts"

type Json = Record<string, unknown>

const text: Json = { type: "string" }
const count: Json = { type: "integer", minimum: 0 }

/** The headers that a request can have. */
const OF_REQUESTS = [
  ...["contentType", "id", "deadline", "expectedVersion", "retry", "correlation"] as const,
  ...["causation", "traceparent", "after", "newerThan", "parts"] as const,
]

/** The reference to the schema of a problem. */
export const PROBLEM = { $ref: "#/components/schemas/Problem" }

/** What every description has. */
export const SCHEMAS: Readonly<Record<string, Json>> = {
  Accepted: {
    type: "object",
    required: ["position", "version", "events"],
    properties: { position: { ...text, examples: ["orders:17"] }, version: count, events: count },
  },
  Problem: {
    type: "object",
    required: ["type", "title", "status"],
    properties: {
      type: { ...text, format: "uri" },
      title: text,
      status: { type: "integer" },
      detail: text,
    },
  },
  Headers: {
    type: "object",
    properties: Object.fromEntries(
      OF_REQUESTS.map((name) => [HEADER[name], text]),
    ),
  },
}

const either = (all: readonly Json[], otherwise: Json): Json =>
  all.length === 0 ? otherwise : { oneOf: all }

/** What a command of a contract is rejected with: a problem that has the rejection's fields. */
export const rejectionsSchema = ({ codec }: AnyContract, shared: SharedSchemas): Json =>
  either(
    Object.entries(codec.jsonSchemas("rejection")).map(([type, schema]) => ({
      allOf: [PROBLEM, { properties: { title: { const: type } } }, shared.lift(schema)],
    })),
    PROBLEM,
  )

/** A commit as the log holds it: events of one actor, each with its metadata. */
export const commitSchema = ({ codec }: AnyContract, shared: SharedSchemas): Json => {
  const events = Object.entries(codec.jsonSchemas("event")).map(([type, schema]): Json => ({
    type: "object",
    required: ["type", "schema", "data", "command", "time"],
    properties: {
      type: { const: type },
      schema: { ...count, description: "The version of the event's schema, from 1." },
      data: shared.lift(schema),
      command: { ...text, description: "The id of the command that it comes from." },
      time: { ...count, description: "Milliseconds since 1970." },
      ...{ correlation: text, causation: text, principal: text, traceparent: text },
    },
  }))
  return {
    type: "object",
    description: "Events as they are written today. Earlier ones can have an earlier `schema`.",
    required: ["base", "ancestors", "events"],
    properties: {
      base: { ...count, description: "The number of the actor's events before these." },
      ancestors: { type: "array", items: count },
      events: { type: "array", items: either(events, { type: "object" }) },
    },
  }
}
