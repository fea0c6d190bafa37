/** The types that a JSON Schema allows: the members of its alternatives, through its references. */

/** The parts of a JSON Schema that tell which values it is for. */
export interface JsonSchema {
  readonly $ref?: string
  readonly type?: string
  readonly enum?: readonly unknown[]
  readonly pattern?: string
  readonly anyOf?: readonly JsonSchema[]
  readonly oneOf?: readonly JsonSchema[]
  readonly allOf?: readonly JsonSchema[]
  readonly prefixItems?: readonly JsonSchema[]
  readonly items?: JsonSchema
}

const DEFINITIONS = "#/$defs/"

/** The name in a reference as it is among the definitions (RFC 6901). */
export const definitionName = (reference: string): string =>
  reference.slice(DEFINITIONS.length).replaceAll("~1", "/").replaceAll("~0", "~")

/** The alternatives of a schema: the members of unions, or the schema itself. */
export const typesIn = (
  schema: JsonSchema,
  definitions: Readonly<Record<string, JsonSchema>>,
): readonly JsonSchema[] => {
  const name = schema.$ref === undefined ? undefined : definitionName(schema.$ref)
  const definition = name === undefined ? undefined : definitions[name]
  if (name !== undefined && definition) {
    // A recursive type leads back here. It is then known to be no scalar.
    const { [name]: _, ...others } = definitions
    return typesIn(definition, others)
  }
  const members = schema.anyOf ?? schema.oneOf ?? (schema.type ? undefined : schema.allOf)
  return members ? members.flatMap((member) => typesIn(member, definitions)) : [schema]
}
