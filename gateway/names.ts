/** The names that a gateway knows: which paths there are, and which methods each path takes. */
import { type AnyContract, NotFound } from "../contracts/internal.ts"
import type { GatewayParts } from "./openapi.ts"

/** What a name within a context can stand for. */
export interface Names {
  readonly contracts: ReadonlyMap<string, AnyContract>
  /** For each contract, the commands that anybody may send. */
  readonly commands: ReadonlyMap<string, readonly string[]>
  readonly projections: ReadonlySet<string>
  /** For each query, the projections that it reads. */
  readonly queries: ReadonlyMap<string, readonly string[]>
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
    parts.queries.map(({ query, from }) => [query.name, from.map(({ name }) => name)]),
  ),
  contexts: contextsOf(parts),
})

/** Says that nothing of this kind has this name, and lists what there is. */
export const unknown = (what: string, name: string, known: Iterable<string>): NotFound => {
  const shown = name.slice(0, 100)
  return new NotFound({ message: `there is no ${what} ${shown}; there are: ${listOf(known)}` })
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
  if (!internal.has(command)) throw unknown(`command of ${name}`, command, known)
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
