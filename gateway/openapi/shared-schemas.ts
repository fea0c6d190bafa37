/** The schemas that several parts of an OpenAPI document refer to, under `components/schemas`. */
import { definitionName } from "../json-types.ts"

type Json = Record<string, unknown>

const SHARED = "#/components/schemas/"

/** Moves the definitions of JSON Schemas to one place, so that references work from anywhere. */
export class SharedSchemas {
  readonly #schemas: Map<string, Json>
  /** Under which name each definition is shared, by its own name and its text. */
  readonly #names = new Map<string, string>()

  /** `own` are the schemas that the document has anyway. */
  constructor(own: Readonly<Record<string, Json>>) {
    this.#schemas = new Map(Object.entries(own))
  }

  /** The same schema without definitions of its own: it refers to the shared ones. */
  lift({ $defs = {}, ...schema }: Json): Json {
    const definitions = $defs as Readonly<Record<string, Json>>
    const names = new Map<string, string>()
    const added: string[] = []
    for (const name of Object.keys(definitions)) {
      const text = textOf(name, definitions)
      const known = this.#names.get(text)
      names.set(name, known ?? this.#nameFor(name))
      if (known !== undefined) continue
      this.#names.set(text, names.get(name)!)
      this.#schemas.set(names.get(name)!, {})
      added.push(name)
    }
    for (const name of added) {
      this.#schemas.set(names.get(name)!, referring(definitions[name], names) as Json)
    }
    return referring(schema, names) as Json
  }

  /** Adds a schema that refers only to shared ones; gives the reference to it. */
  add(name: string, schema: Json): { readonly $ref: string } {
    const free = this.#nameFor(name)
    this.#schemas.set(free, schema)
    return { $ref: `${SHARED}${free}` }
  }

  /** The schemas to which this part of the document leads, by name. */
  usedBy(part: Json): Json {
    const reached = new Set(referencesIn(part))
    for (const name of reached) {
      for (const other of referencesIn(this.#schemas.get(name))) reached.add(other)
    }
    return Object.fromEntries([...this.#schemas].filter(([name]) => reached.has(name)))
  }

  /** OpenAPI allows only letters, digits, dots, dashes and underscores in such a name. */
  #nameFor(name: string): string {
    const legal = name.replace(/[^A-Za-z0-9._-]/g, "_")
    let free = legal
    for (let number = 2; this.#schemas.has(free); number++) free = `${legal}_${number}`
    return free
  }
}

/** The names of the shared schemas to which a value refers. */
const referencesIn = (value: unknown): string[] => {
  const names: string[] = []
  JSON.stringify(value, (key, each) => {
    // A mapping of a discriminator names only what its `oneOf` refers to.
    if (key === "$ref" && typeof each === "string" && each.startsWith(SHARED)) {
      names.push(each.slice(SHARED.length))
    }
    return each
  })
  return names
}

/** A definition and all that it leads to: the same text has the same meaning. */
const textOf = (name: string, definitions: Readonly<Record<string, Json>>): string => {
  const reached = new Set([name])
  for (const each of reached) {
    JSON.stringify(definitions[each], (key, value) => {
      const other = key === "$ref" && typeof value === "string" ? definitionName(value) : undefined
      if (other !== undefined && Object.hasOwn(definitions, other)) reached.add(other)
      return value
    })
  }
  return JSON.stringify([name, [...reached].sort().map((each) => [each, definitions[each]])])
}

/**
 * The same list without items of its own for the first places, if these are as all others. Effect
 * writes a non-empty list in this way, and generators know `minItems` better.
 */
const simplified = (value: object): object => {
  if (!("prefixItems" in value) || !("items" in value) || !("minItems" in value)) return value
  const { prefixItems, ...rest } = value
  const others = JSON.stringify(rest.items)
  const isUniform = Array.isArray(prefixItems) && typeof rest.minItems === "number" &&
    rest.minItems >= prefixItems.length &&
    prefixItems.every((each) => JSON.stringify(each) === others)
  return isUniform ? rest : value
}

/** A copy of a schema whose references lead to the shared schemas. */
const referring = (value: unknown, names: ReadonlyMap<string, string>): unknown => {
  if (Array.isArray(value)) return value.map((each) => referring(each, names))
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(
    Object.entries(simplified(value)).map(([key, each]) => {
      const name = key === "$ref" && typeof each === "string" ? definitionName(each) : undefined
      const shared = name === undefined ? undefined : names.get(name)
      return [key, shared === undefined ? referring(each, names) : `${SHARED}${shared}`]
    }),
  )
}
