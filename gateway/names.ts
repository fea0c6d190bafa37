/** The names that a gateway knows: which paths there are, and which methods each path takes. */
import { type AnyContract, didYouMean, nearest, NotFound } from "../contracts/internal.ts"
import { type AccessOptions, READS, WHOLE } from "./openapi/audience.ts"
import type { GatewayParts } from "./openapi/openapi.ts"
import { type QueryParameters, queryParametersOf } from "./query-parameters.ts"

/** What is known of a query. */
export interface QueryNames {
  /** The names of the projections that it reads. */
  readonly reads: readonly string[]
  readonly parameters: QueryParameters
}

/** What a name within a context can stand for. Nothing here that no caller may use. */
export interface Names {
  readonly contracts: ReadonlyMap<string, AnyContract>
  /** The contracts whose state can be read, and those whose history can be. */
  readonly states: ReadonlySet<string>
  readonly histories: ReadonlySet<string>
  /** For each contract, the commands that some caller may send. */
  readonly commands: ReadonlyMap<string, readonly string[]>
  readonly projections: ReadonlySet<string>
  /** For each query, the projections that it reads and its parameters. */
  readonly queries: ReadonlyMap<string, QueryNames>
  /** The bounded contexts that this gateway reads or writes. */
  readonly contexts: ReadonlySet<string>
  /** Whether a caller is told why a command is not for callers: only where there are no users. */
  readonly isOpen: boolean
}

/** Whether some caller may use a part, as `AudienceOf` names it. */
export type IsTold = (name: string, what: string) => boolean

/** Without users, nothing is hidden. */
export const isToldBy = ({ users, audienceOf }: AccessOptions): IsTold =>
  users && audienceOf ? (name, what) => audienceOf(name, what) !== "nobody" : () => true

const publicCommands = ({ name, codec, internal }: AnyContract, isTold: IsTold) =>
  Object.keys(codec.jsonSchemas("command"))
    .filter((type) => !internal.has(type) && isTold(name, type))

const contextsOf = ({ contracts, projections, queries }: GatewayParts): Set<string> => {
  const views = [...projections, ...queries.flatMap(({ from }) => from)]
  const all = [...contracts, ...views.flatMap(({ from }) => from)]
  return new Set(all.map(({ context }) => context))
}

/** The parts that some caller may use. */
export const toldParts = <P extends GatewayParts>(parts: P, access: AccessOptions): P => {
  const isTold = isToldBy(access)
  return {
    ...parts,
    contracts: parts.contracts.filter((contract) =>
      publicCommands(contract, isTold).length > 0 ||
      READS.some((read) => isTold(contract.name, read))
    ),
    projections: parts.projections.filter(({ name }) => isTold(name, WHOLE)),
    queries: parts.queries.filter(({ query }) => isTold(query.name, WHOLE)),
  }
}

/** Something of each contract, by its name and by the one that it had before. */
const named = <A>(
  contracts: readonly AnyContract[],
  of: (contract: AnyContract) => A,
): (readonly [string, A])[] =>
  contracts.flatMap((contract) => {
    const names = contract.was === undefined ? [contract.name] : [contract.was, contract.name]
    return names.map((name) => [name, of(contract)] as const)
  })

/** The names of a gateway's parts. */
export const namesOf = (options: GatewayParts & AccessOptions): Names => {
  const isTold = isToldBy(options)
  const parts = toldParts(options, options)
  const read = (what: string) =>
    new Set(
      named(parts.contracts.filter(({ name }) => isTold(name, what)), () => true)
        .map(([name]) => name),
    )
  return {
    contracts: new Map(named(parts.contracts, (contract) => contract)),
    states: read("state"),
    histories: read("history"),
    commands: new Map(named(parts.contracts, (each) => publicCommands(each, isTold))),
    projections: new Set(parts.projections.map(({ name }) => name)),
    queries: new Map(
      parts.queries.map(({ query, from }) => [query.name, {
        reads: from.map(({ name }) => name),
        parameters: queryParametersOf(query.params.jsonSchema()),
      }]),
    ),
    contexts: contextsOf(parts),
    isOpen: options.users === undefined,
  }
}

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
  { commands, isOpen }: Names,
  { name, internal }: AnyContract,
  command: string,
): void => {
  const known = commands.get(name) ?? []
  if (known.includes(command)) return
  if (!isOpen || !internal.has(command)) {
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
  if (more.length > 0 || id === "") return []
  if (last === HISTORY) return names.histories.has(name) ? READ : []
  if (last !== undefined) return names.commands.get(name)?.includes(last) ? ["POST"] : []
  if (id !== undefined) return names.states.has(name) || names.projections.has(name) ? READ : []
  return names.queries.has(name) ? READ : []
}
