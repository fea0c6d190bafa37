/** The types of an application for clients in other services, as the text of a module. */
import type { AnyContract } from "../../contracts/internal.ts"
import { isRaw } from "../../projections/internal.ts"
import { historyName } from "../../wire/internal.ts"
import type { AppDefinition } from "../app.ts"
import { fieldName, schemaType } from "./schema-type.ts"

type Json = { readonly [key: string]: unknown }

const wordsOf = (text: string): string[] =>
  text.split(/[^A-Za-z0-9]+/).filter((word) => word !== "")

const pascal = (text: string): string =>
  wordsOf(text).map((word) => word[0]!.toUpperCase() + word.slice(1)).join("")

/** The name of the interface of an application: `Shop` for `shop`. */
const interfaceName = (app: string): string => {
  const name = pascal(app)
  return /^[A-Za-z]/.test(name) ? name : `App${name}`
}

/** The types that schemas share, and those that mention themselves: each has a name. */
class Definitions {
  readonly #taken: Set<string>
  readonly #names = new Map<string, string>()
  readonly lines: string[] = []

  constructor(taken: string) {
    this.#taken = new Set([taken])
  }

  /** The type of a schema, whose own definitions become types of this module. */
  typeOf(schema: Json): string {
    const definitions = (schema.$defs ?? {}) as { readonly [name: string]: unknown }
    return schemaType(schema, (reference) => this.#named(reference, definitions))
  }

  #named(reference: string, definitions: { readonly [name: string]: unknown }): string {
    const local = decodeURIComponent(reference.replace(/^#\/\$defs\//, ""))
      .replaceAll("~1", "/").replaceAll("~0", "~")
    // Two schemas can use one name for different definitions.
    const key = JSON.stringify([local, definitions])
    const known = this.#names.get(key)
    if (known !== undefined) return known
    const name = this.#free(interfaceName(local))
    this.#names.set(key, name)
    const type = schemaType(
      definitions[local],
      (inner) => this.#named(inner, definitions),
    )
    this.lines.push(`/** A part of several messages. */\nexport type ${name} = ${type}\n`)
    return name
  }

  #free(wanted: string): string {
    let name = wanted
    for (let number = 2; this.#taken.has(name); number++) name = `${wanted}${number}`
    this.#taken.add(name)
    return name
  }
}

const TIME = "{ readonly id: string; readonly version?: number; readonly at?: string }"

const HISTORY = "{ readonly events: ReadonlyArray<{ readonly type: string; readonly data?: " +
  "unknown; readonly version: number; readonly position: string; readonly time: string }>; " +
  "readonly next?: number }"

/** A line for each entry, or an empty object. */
const block = (indent: string, entries: readonly (readonly [string, string])[]): string =>
  entries.length === 0
    ? "Record<never, never>"
    : `{\n${
      entries.map(([name, type]) => `${indent}  readonly ${fieldName(name)}: ${type}\n`).join("")
    }${indent}}`

const contractBlock = (contract: AnyContract, definitions: Definitions): string => {
  const typesOf = (kind: "command" | "rejection"): [string, string][] =>
    Object.entries(contract.codec.jsonSchemas(kind))
      .filter(([type]) => !contract.internal.has(type))
      .map(([type, schema]) => [type, definitions.typeOf(schema)])
  return block("    ", [
    ["commands", block("      ", typesOf("command"))],
    ["rejections", block("      ", typesOf("rejection"))],
  ])
}

const questionBlock = (params: string, result: string): string =>
  block("    ", [["params", params], ["result", result]])

const ofActors = ({ actors }: AppDefinition, definitions: Definitions): [string, string][] =>
  actors.flatMap(({ contract: { name }, state }): [string, string][] => {
    const shown = state ? definitions.typeOf(state.codec.jsonSchema()) : "unknown"
    const at = "readonly id: string; readonly version: number"
    return [
      [
        name,
        questionBlock(
          TIME,
          `{ ${at}; readonly state: ${shown}; readonly position?: string; ` +
            "readonly time?: string }",
        ),
      ],
      [
        historyName(name),
        questionBlock(
          "{ readonly id: string; readonly after?: number; readonly limit?: number }",
          HISTORY,
        ),
      ],
    ]
  })

const ofViews = ({ projections }: AppDefinition, definitions: Definitions): [string, string][] =>
  projections.flatMap((each): [string, string][] =>
    isRaw(each) ? [] : [[
      each.name,
      questionBlock(
        "{ readonly key: string }",
        definitions.typeOf(each.codec.jsonSchema()),
      ),
    ]]
  )

const ofQueries = ({ queries }: AppDefinition, definitions: Definitions): [string, string][] =>
  queries.map(({ query: { name, params, result } }) => [
    name,
    questionBlock(
      definitions.typeOf(params.jsonSchema()),
      definitions.typeOf(result.jsonSchema()),
    ),
  ])

/**
 * The types of an application's public commands, rejections, queries, views and states in their
 * plain form, as they travel: for `connectClient` of `leftfold/client`.
 */
export const appTypes = (app: AppDefinition): string => {
  const name = interfaceName(app.name)
  const definitions = new Definitions(name)
  const contracts = app.actors.map(({ contract }): [string, string] => [
    contract.name,
    contractBlock(contract, definitions),
  ])
  const queries = [
    ...ofActors(app, definitions),
    ...ofViews(app, definitions),
    ...ofQueries(app, definitions),
  ]
  return [
    `/** The types of ${name}, made by \`leftfold types\`: do not edit. */\n`,
    ...definitions.lines,
    `/** The commands, rejections and queries of ${name}, for \`connectClient\`. */`,
    `export interface ${name} {`,
    `  readonly contracts: ${block("  ", contracts)}`,
    `  readonly queries: ${block("  ", queries)}`,
    "}\n",
  ].join("\n")
}
