/** Rules: who may send which command, see which rows and ask which query of an application. */
import {
  type AnyContract,
  checkOptions,
  type CommandOf,
  type DataOf,
  type Fields,
  type Query,
} from "../../contracts/internal.ts"
import type { FoldedProjection, Projection } from "../../projections/internal.ts"
import type { User } from "../../wire/internal.ts"

/**
 * The rule that admits everybody, also somebody who has not signed in.
 *
 * ```ts
 * const rules = [Rules.view(Catalogue, anybody)]
 * ```
 */
export const anybody: unique symbol = Symbol("anybody")

/**
 * The rule that admits nobody but the application itself: its policies, its own code and its
 * operators. An actor with this rule is private altogether.
 *
 * ```ts
 * const rules = [Rules.actor(Checkouts, nobody)]
 * ```
 */
export const nobody: unique symbol = Symbol("nobody")

/** The user that a rule is asked about. Strangers are refused before a rule is asked. */
interface Asking {
  readonly user: User
}

/** The same, for an actor: `id` is the actor's. */
interface AskingActor extends Asking {
  readonly id: string
}

type Rule<A, Input> =
  | typeof anybody
  | typeof nobody
  | ((asking: A, input: Input) => boolean)

/** The commands of a contract that anybody can send, unless a rule says otherwise. */
type PublicCommand<K> = Exclude<
  CommandOf<K>["type"],
  K extends { readonly internal: ReadonlySet<infer I> } ? I : never
>

/** A rule for each public command. */
type RulesOfCommands<K> = {
  readonly [Type in PublicCommand<K>]: Rule<
    AskingActor,
    Extract<CommandOf<K>, { type: Type }>["data"]
  >
}

/** The rules for reading an actor, which is closed without them. */
interface RulesOfReads {
  readonly state?: Rule<AskingActor, Record<never, never>>
  readonly history?: Rule<AskingActor, Record<never, never>>
}

/** All rows, no rows, or those whose columns have these values. */
type Rows<Row> = boolean | { readonly [Column in keyof Row]?: Row[Column] }

type RuleOfView<Row> = typeof anybody | typeof nobody | ((asking: Asking) => Rows<Row>)

/** A rule of any kind, before its types are forgotten. */
type AnyRule = symbol | ((asking: never, input: never) => unknown)

/** What may be done with one part of an application. Made by `Rules`. */
export interface PartRules<N extends string = string, S extends boolean = boolean> {
  /** The name of the contract, the view or the query. */
  readonly name: N
  readonly kind: "actor" | "view" | "query"
  /** Whether all whom the rule of a query admits may be given the same answer. */
  readonly sameForAll: S
  /** For an actor by command, `state` and `history`; otherwise the only rule, as `rule`. */
  readonly rules: { readonly [what: string]: AnyRule }
}

const isRule = (value: unknown): value is AnyRule =>
  value === anybody || value === nobody || typeof value === "function"

const checkRule = (what: string, value: unknown): void => {
  if (isRule(value)) return
  const given = value === undefined ? "is missing: write" : "must be"
  throw new TypeError(`the rule for ${what} ${given} a function, anybody or nobody`)
}

const publicCommands = ({ commands, internal }: AnyContract): string[] =>
  Object.keys(commands).filter((type) => !internal.has(type))

/**
 * The rules for an actor: for each public command, and for reading its state and its history, which
 * are closed otherwise. Throws `TypeError` for a command without a rule, or an unknown one.
 */
const actor = <K extends AnyContract>(
  contract: K,
  commands: RulesOfCommands<NoInfer<K>> | typeof nobody,
  reads: RulesOfReads = {},
): PartRules<K["name"], false> => {
  const name: K["name"] = contract.name
  const types = publicCommands(contract)
  const given: PartRules["rules"] = commands === nobody
    ? Object.fromEntries(types.map((type) => [type, nobody]))
    : { ...commands }
  for (const type of types) checkRule(`${name} ${type}`, given[type])
  for (const type of Object.keys(given)) {
    if (types.includes(type)) continue
    throw new TypeError(`there is a rule for ${name} ${type}, which is no public command`)
  }
  checkOptions(`the rules for reading ${name}`, reads, READS)
  for (const [read, rule] of Object.entries(reads)) checkRule(`the ${read} of ${name}`, rule)
  return { name, kind: "actor", sameForAll: false, rules: { ...given, ...reads } }
}

const READS = ["state", "history"]

/** The rule for the rows of a view: by key, live, and in the queries of `QueryHandler.rows`. */
const view = <F extends Fields, const N extends string>(
  projection: Projection<F> & { readonly name: N },
  rule: RuleOfView<DataOf<F>>,
): PartRules<N, false> => {
  checkRule(`the view ${projection.name}`, rule)
  const { name } = projection
  return { name, kind: "view", sameForAll: false, rules: { rule: rule as AnyRule } }
}

/** What else a rule says about a query. */
interface QueryRuleOptions<S extends boolean> {
  /**
   * All users whom the rule admits may be given the same answer: for SQL that does not take the
   * user. A query whose rule is `anybody` or `nobody` needs no such word.
   */
  readonly sameForAll?: S
}

/** Whether a rule says by itself that all whom it admits may be given the same answer. */
type IsSymbol<Given> = Given extends symbol ? true : false

/** The rule for a query. SQL of its own takes the user, to select the rows, or is `sameForAll`. */
const query = <
  P extends Fields,
  R,
  const N extends string,
  Given extends Rule<Asking, DataOf<P>>,
  const S extends boolean = IsSymbol<Given>,
>(
  asked: Query<P, R, N>,
  rule: Given,
  options: QueryRuleOptions<S> = {},
): PartRules<N, NoInfer<S>> => {
  const what = `the query ${asked.name}`
  checkRule(what, rule)
  checkOptions(`the rule for ${what}`, options, ["sameForAll"])
  const sameForAll = (options.sameForAll ?? typeof rule === "symbol") as S
  return { name: asked.name, kind: "query", sameForAll, rules: { rule: rule as AnyRule } }
}

/**
 * Makes rules, for the option `rules` of a context or an application. A rule is a function of who
 * asks and of what is asked, or `anybody`, or `nobody`. A rule on an actor's state belongs into
 * `decide`, which gets the principal and its claims.
 *
 * ```ts
 * const isStaff = ({ claims }: User) => claims.role === "staff"
 * const rules = [
 *   Rules.actor(Orders, {
 *     PlaceOrder: ({ user }, { customer }) => user.id === customer,
 *     CancelOrder: ({ user }) => isStaff(user),
 *   }, { state: ({ user }) => isStaff(user) }),
 *   Rules.view(OrderList, ({ user }) => isStaff(user) || { customer: user.id }),
 *   Rules.query(OrdersOfCustomer, ({ user }, { customer }) => user.id === customer),
 * ]
 * ```
 */
export const Rules = { actor, view, query }

/** The name of a part that can be asked without any rule: a raw projection has no rows. */
type FoldedName<P> = P extends FoldedProjection ? P["name"] : never

type PartsIn<O> = O | (O extends { readonly contexts: readonly (infer C)[] } ? C : never)

type In<P, Key extends string> = P extends unknown
  ? Key extends keyof P ? NonNullable<P[Key]> extends readonly (infer M)[] ? M : never : never
  : never

type NameIn<P> =
  | (In<P, "actors"> extends infer A
    ? A extends { readonly contract: { readonly name: infer N } } ? N
    : never
    : never)
  | FoldedName<In<P, "projections">>
  | (In<P, "queries"> extends infer Q ? Q extends { readonly query: { readonly name: infer N } } ? N
    : never
    : never)

type RuledIn<P> = In<P, "rules"> extends infer R ? R extends { readonly name: infer N } ? N : never
  : never

type Missing<O> = Exclude<NameIn<PartsIn<O>>, RuledIn<PartsIn<O>>>

/** The queries that answer everybody the same. */
type SharedIn<P> = In<P, "queries"> extends infer Q ? Q extends { readonly isPerUser: true } ? never
  : Q extends { readonly query: { readonly name: infer N } } ? N
  : never
  : never

/** The rules that say that this may be. */
type SharingIn<P> = In<P, "rules"> extends infer R
  ? R extends { readonly name: infer N; readonly sameForAll: true } ? N : never
  : never

type Careless<O> = Exclude<SharedIn<PartsIn<O>>, SharingIn<PartsIn<O>>>

/**
 * What an application with `users` must have as well: a rule for every actor, view and query, and
 * the user in each query's own SQL, unless its rule says `sameForAll`. The parts must have their
 * own types: write `satisfies ContextParts` and not `: ContextParts`.
 */
export type RulesNeeded<O> = O extends { readonly users: object }
  ? [Missing<O>] extends [never] ? [Careless<O>] extends [never] ? unknown
    : { readonly queries: readonly [`the SQL of ${Careless<O> & string} ignores the user`] }
  : { readonly rules: readonly [`there is no rule for ${Missing<O> & string}`] }
  : unknown
