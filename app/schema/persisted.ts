/** A persisted schema: a message's fields, described as JSON that can be revived later. */
import { Schema, SchemaRepresentation } from "effect"
import { messageOf } from "../../contracts/internal.ts"
import { isMap } from "../../wire/internal.ts"

/** A plain JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | JsonMap

/** A map of plain JSON values. */
export interface JsonMap {
  readonly [key: string]: Json
}

/** A schema of any fields. */
export type AnySchema = Schema.Codec<object, unknown>

/** What is kept of a schema: its description, or why nothing can be kept. */
export type Persisted = { readonly schema: Json } | { readonly why: string }

const isReviver = ([name]: readonly [string, unknown]): boolean =>
  name.endsWith("Reviver") && !name.startsWith("make")

const revivers = [...Object.entries(Schema), ...Object.entries(SchemaRepresentation)]
  .filter(isReviver).map(([, reviver]) => reviver) as unknown as NonNullable<
    Parameters<typeof SchemaRepresentation.fromRepresentation>[1]
  >["revivers"]

/** What a description leaves out, because it is so unless something else is said. */
const DEFAULTS: { readonly [tag: string]: JsonMap } = {
  Objects: { propertySignatures: [], indexSignatures: [] },
  Arrays: { elements: [], rest: [] },
  Declaration: { typeParameters: [] },
  Filter: { aborted: false },
  property: { isOptional: false, isMutable: false },
}

/** The schemas that have checks. */
const hasChecks = (tag: string): boolean => !["Filter", "FilterGroup", "property"].includes(tag)

/** How the ids of Effect's own checks and types begin. */
const EFFECT = "effect/schema/"

const isProperty = (value: JsonMap): boolean =>
  value._tag === undefined && value.name !== undefined && value.type !== undefined

const tagOf = (value: JsonMap): string | undefined =>
  typeof value._tag === "string" ? value._tag : isProperty(value) ? "property" : undefined

const defaultsOf = (tag: string): JsonMap => ({
  ...DEFAULTS[tag],
  ...(hasChecks(tag) ? { checks: [] } : {}),
})

const mapped = (value: Json, change: (map: JsonMap) => JsonMap): Json => {
  if (Array.isArray(value)) return value.map((each: Json) => mapped(each, change))
  if (!isMap(value)) return value
  const changed = change(value as JsonMap)
  return Object.fromEntries(
    Object.entries(changed).map(([key, each]) => [key, mapped(each, change)]),
  )
}

const same = (one: unknown, other: unknown): boolean =>
  JSON.stringify(one) === JSON.stringify(other)

/** Leaves out what `expanded` adds again, and notes that the checks make by themselves. */
const compacted = (value: Json): Json =>
  mapped(value, (map) => {
    const tag = tagOf(map)
    if (tag === undefined) return map
    const defaults = defaultsOf(tag)
    const kept = Object.entries(map).filter(([key, each]) =>
      !(key in defaults && same(each, defaults[key])) &&
      !(key === "annotations" && (tag === "Filter" || tag === "Declaration"))
    )
    const { representation, name, ...rest } = Object.fromEntries(kept)
    const isBare = tag === "Filter" && Object.keys(rest).length === 1
    if (isBare && isMap(representation) && String(representation.id).startsWith(EFFECT)) {
      const id = String(representation.id).slice(EFFECT.length)
      const { payload } = representation as JsonMap
      return payload === null ? { check: id } : { check: id, payload: payload! }
    }
    if (isMap(name) && name.type === "string") return { name: name.value as string, ...rest }
    return Object.fromEntries(kept)
  })

const expanded = (value: Json): Json =>
  mapped(value, (map): JsonMap => {
    const { check, payload = null } = map
    if (typeof check === "string") {
      const representation = { id: `${EFFECT}${check}`, payload }
      return { _tag: "Filter", representation, aborted: false }
    }
    const tag = tagOf(map)
    if (tag === undefined) return map
    const whole = { ...defaultsOf(tag), ...map }
    const isShort = tag === "property" && typeof map.name === "string"
    return isShort ? { ...whole, name: { type: "string", value: map.name! } } : whole
  })

const described = (schema: AnySchema): Json =>
  SchemaRepresentation.toJson(Schema.toRepresentation(schema)) as unknown as Json

/** The schema that a description is of. Throws for a description that is not one. */
export const revive = (description: Json): AnySchema => {
  const document = expanded(description) as never
  const representation = SchemaRepresentation.fromJson(document)
  return SchemaRepresentation.fromRepresentation(representation, { revivers }) as never
}

/** The path within a schema that an error of its description names: `lines.0.sku`. */
const pathOf = (schema: Schema.Top, message: string): string => {
  const names: string[] = []
  let at: unknown = Schema.toRepresentation(schema)
  for (const [, key = ""] of message.matchAll(/\["?([^"\]]+)"?\]/g)) {
    at = isMap(at) || Array.isArray(at)
      ? (at as unknown as Record<string, unknown>)[key]
      : undefined
    if (!isMap(at)) continue
    const name = isMap(at.name) ? at.name.value : at.name
    if (isProperty(at as unknown as JsonMap)) names.push(String(name))
  }
  return names.join(".")
}

/** The schema of a message's fields as handlers see them. */
export const typeSchema = (schema: AnySchema): AnySchema =>
  Schema.toType(schema) as unknown as AnySchema

/**
 * Describes a schema, or says why it cannot be described: a check without an id, such as a bare
 * `Schema.makeFilter`, exists only as code.
 */
export const persist = (schema: AnySchema): Persisted => {
  let description: Json
  try {
    description = described(schema)
  } catch (error) {
    const path = pathOf(schema, messageOf(error))
    const where = path === "" ? "" : ` at ${path}`
    return {
      why: `a check or a type${where} exists only as code, so it cannot be written down: use ` +
        "checks of Effect's Schema, or compare its golden values only",
    }
  }
  const short = compacted(description)
  try {
    if (same(described(revive(short)), description)) return { schema: short }
    if (same(described(revive(description)), description)) return { schema: description }
  } catch (error) {
    return { why: `its description cannot be revived: ${messageOf(error)}` }
  }
  return { why: "its description comes back as another schema" }
}
