/** The names that a gateway knows: which paths there are, and which methods each path takes. */
import { type AnyContract, didYouMean, nearest, NotFound } from "../contracts/internal.ts"
import type { GatewayParts } from "./openapi/openapi.ts"
import { type QueryParameters, queryParametersOf } from "./query-parameters.ts"

/** What is known of a query. */
export interface QueryNames {
  /** The names of the projections that it reads. */
  readonly reads: readonly string[]
  readonly parameters: QueryParameters
}

/** What a name within a context can stand for. */
export interface Names {
  readonly contracts: ReadonlyMap<string, AnyContract>
  /** For each contract, the commands that anybody may send. */
  readonly commands: ReadonlyMap<string, readonly string[]>
  readonly projections: ReadonlySet<string>
  /** For each query, the projections that it reads and its parameters. */
  readonly queries: ReadonlyMap<string, QueryNames>
  /** The bounded contexts that this gateway reads or writes. */
  readonly contexts: ReadonlySet<string>
}

const publicCommands = ({ codec, internal }: AnyContract): readonly string[] =>
  Object.keys(codec.jsonSchemas("command")).filter((type) => !internal.has(type))

const contextsOf = ({ contracts, projections, queries }: GatewayParts): Set<string> => {
  const views = [...projections, ...queries.flatMap(({ from }) => from)]
  const all = [...contracts, ...views.flatMap(({ from }) => from)]
  return new Set(all.map(({ context }) => context))
}

/** The names of a gateway's parts. */
export const namesOf = (parts: GatewayParts): Names => ({
  contracts: new Map(parts.contracts.map((contract) => [contract.name, contract])),
  commands: new Map(parts.contracts.map((contract) => [contract.name, publicCommands(contract)])),
  projections: new Set(parts.projections.map(({ name }) => name)),
  queries: new Map(
    parts.queries.map(({ query, from }) => [query.name, {
      reads: from.map(({ name }) => name),
      parameters: queryParametersOf(query.params.jsonSchema()),
    }]),
  ),
  contexts: contextsOf(parts),
})

/** Says that nothing of this kind has this name, and which name was probably meant. */
export const unknown = (what: string, name: string, known: Iterable<string>): NotFound => {
  const names = [...known]
  const shown = name.slice(0, 100)
  const meant = didYouMean(name, names) || otherContext(name, names) ||
    `; there are: ${listOf(names)}`
  return new NotFound({ message: `there is no ${what} ${shown}${meant}` })
}

/** `; did you mean "x"?` with a name that only has another context. */
const otherContext = (name: string, known: readonly string[]): string => {
  const local = name.slice(name.indexOf(".") + 1)
  const meant = nearest(local, known.map((each) => each.slice(each.indexOf(".") + 1)))
  const whole = known.find((each) => each.endsWith(`.${meant}`))
  return whole === undefined ? "" : `; did you mean "${whole}"?`
}

const listOf = (names: Iterable<string>): string => [...names].join(", ") || "none"

/** The contract of this name. Throws `NotFound`. */
export const contractOf = ({ contracts }: Names, name: string): AnyContract => {
  const contract = contracts.get(name)
  if (contract) return contract
  throw unknown("actor", name, contracts.keys())
}

/** Refuses a command that does not exist, or that only the system itself sends. */
export const checkPublic = (
  { commands }: Names,
  { name, internal }: AnyContract,
  command: string,
): void => {
  const known = commands.get(name) ?? []
  if (known.includes(command)) return
  if (!internal.has(command)) {
    const [owner] = [...commands].find(([, each]) => each.includes(command)) ?? []
    if (owner === undefined) throw unknown(`command of ${name}`, command, known)
    const message = `${name} has no command ${command}; did you mean that of ${owner}?`
    throw new NotFound({ message })
  }
  const message = `${name} has a command ${command} that only the system itself sends; ` +
    `over HTTP there are: ${listOf(known)}`
  throw new NotFound({ message })
}

/** The last part of the path of an actor's history. */
export const HISTORY = "history"

const READ = ["GET", "HEAD"]

/** The methods that a path takes; empty if no such path exists. */
export const methodsAt = (names: Names, path: string): readonly string[] => {
  const [, context = "", local = "", id, last, ...more] = path.split("/")
  const name = `${context}.${local}`
  const contract = names.contracts.get(name)
  if (more.length > 0 || id === "") return []
  if (last !== undefined) {
    if (contract && last === HISTORY) return READ
    return names.commands.get(name)?.includes(last) ? ["POST"] : []
  }
  if (id !== undefined) return contract || names.projections.has(name) ? READ : []
  return names.queries.has(name) ? READ : []
}
