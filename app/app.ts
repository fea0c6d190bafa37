/** An application: the definition of everything that one system consists of. */
import { type AnyContract, checkAll, checkFunction, checkOptions } from "../contracts/internal.ts"
import type { AnyActor, Policy } from "../actors/internal.ts"
import { type AnyProjection, type AnyQueryHandler, isRaw } from "../projections/internal.ts"
import { checkUser, type HttpRoutes, type Users } from "../gateway/internal.ts"
import { checkDerivedNames, derivedNames } from "./derived-names.ts"
import { checkFollows } from "./follows/follows.ts"
import type { PartRules, RulesNeeded } from "./rules/rules.ts"
import { claimsText, NATS_USERS, type User } from "../wire/internal.ts"
import { StartProblem } from "./start-problem.ts"

/**
 * What a bounded context brings to an application.
 *
 * ```ts
 * const orders = { actors: [Order], projections: [OrderList] } satisfies ContextParts
 * const shop = App.define("shop", { contexts: [orders] })
 * ```
 */
export interface ContextParts {
  readonly actors?: readonly AnyActor[]
  readonly projections?: readonly AnyProjection[]
  readonly queries?: readonly AnyQueryHandler[]
  readonly policies?: readonly Policy[]
  /** The rules for these parts; only in an application with `users`. */
  readonly rules?: readonly PartRules[]
}

/**
 * What an application consists of: parts of its own, and those of its contexts.
 *
 * ```ts
 * const options: AppOptions = { actors: [Order], projections: [OrderList], version: "1.2.0" }
 * const shop = App.define("shop", options)
 * ```
 */
export interface AppOptions extends ContextParts {
  readonly contexts?: readonly ContextParts[]
  /**
   * Contracts of other applications whose events this one follows, in policies and projections. It
   * reads their logs and writes nothing of theirs. See docs/guides/following-other-services.md.
   */
  readonly follows?: readonly AnyContract[]
  /**
   * Adds routes and middleware of your own to the gateway, which is a Hono app: static files, a
   * log of requests, compression, callbacks of other services. See docs/guides/own-routes.md.
   */
  readonly http?: HttpRoutes
  /**
   * Finds out who sends a request over HTTP: `oidc(…)`, or a function of your own. From then on
   * every actor, view and query needs a rule. Without it, anybody may do everything. See
   * docs/guides/users-and-rules.md.
   */
  readonly users?: Users
  /**
   * Services that the nats-server knows by name, with the claims of each. A service that connects
   * as `billing`, with `as: "billing"`, is the user `nats:billing` for rules. See
   * docs/guides/users-and-rules.md.
   */
  readonly natsUsers?: Readonly<Record<string, User["claims"]>>
  /**
   * The user that everybody is who has not signed in, while `leftfold dev` or a test runs it.
   * Never in production.
   */
  readonly developmentUser?: User
  /** A semantic version, such as `1.2.0`, which each running node announces. */
  readonly version?: string
}

/**
 * An application, checked. Made by `App.define`.
 *
 * ```ts
 * const shop: AppDefinition = App.define("shop", { actors: [Order], projections: [OrderList] })
 * const { contexts } = shop // ["orders"]
 * ```
 */
export interface AppDefinition extends Required<ContextParts> {
  readonly version: string
  readonly users: Users | undefined
  readonly natsUsers: Readonly<Record<string, User["claims"]>>
  readonly developmentUser: User | undefined
  readonly http: HttpRoutes | undefined
  readonly name: string
  /** Every bounded context with an actor or a policy. Each context has its own streams. */
  readonly contexts: readonly string[]
  /** The contracts of other applications that it follows, in contexts other than its own. */
  readonly follows: readonly AnyContract[]
  /** The names of all contracts with an actor, also where only some contexts run. */
  readonly contracts: readonly string[]
}

const checkNames = (names: readonly string[]): void => {
  const seen = new Set<string>()
  for (const name of names) {
    if (seen.has(name)) {
      throw new TypeError(`"${name}" is used twice: names are unique within a context`)
    }
    seen.add(name)
  }
}

const checkSources = (
  { actors, projections, queries, policies }: Required<ContextParts>,
  follows: readonly AnyContract[],
): void => {
  const known = new Set([...actors.map(({ contract }) => contract), ...follows].map(nameOf))
  for (const { name, from } of [...projections, ...policies]) {
    for (const contract of from) {
      if (!known.has(contract.name)) {
        throw new TypeError(
          `${name} reads ${contract.name}, which no actor of the app decides for: add its actor, ` +
            "or, if another application has it, add the contract to the option follows",
        )
      }
    }
  }
  const views = new Set<{ readonly name: string }>(projections)
  for (const { query, from } of queries) {
    const missing = from.find((view) => !views.has(view))
    if (missing === undefined) continue
    throw new TypeError(
      `the query ${query.name} reads ${missing.name}, which is not among the projections of the ` +
        "app: add it to the option projections",
    )
  }
}

const checkIdentities = (policies: readonly Policy[]): void => {
  const owners = new Map<string, string>()
  for (const { name, identity } of policies) {
    const owner = owners.get(identity)
    if (owner !== undefined) {
      throw new TypeError(
        `${owner} and ${name} both go on as "${identity}": only one policy can have had this name`,
      )
    }
    owners.set(identity, name)
  }
}

/** Throws `TypeError` for a part without a rule and a rule without a part, if there are users. */
const checkRules = (
  app: string,
  { users, natsUsers, developmentUser }: AppOptions,
  { actors, projections, queries, rules }: Required<ContextParts>,
): void => {
  if (!users) {
    if (rules.length === 0 && developmentUser === undefined && natsUsers === undefined) return
    throw new TypeError(`the application ${app} has rules and no users: add the option users`)
  }
  if (developmentUser !== undefined) checkUser(`the developmentUser of ${app}`, developmentUser)
  const kinds = new Map([
    ...actors.map(({ contract }) => [contract.name, "actor"] as const),
    ...projections.filter((each) => !isRaw(each)).map(({ name }) => [name, "view"] as const),
    ...queries.map(({ query }) => [query.name, "query"] as const),
  ])
  const ruled = new Set<string>()
  for (const { name, kind } of rules) {
    if (kinds.get(name) !== kind) {
      throw new TypeError(`there is a rule for the ${kind} ${name}, which ${app} does not have`)
    }
    if (ruled.has(name)) throw new TypeError(`there are two rules for the ${kind} ${name}`)
    ruled.add(name)
  }
  for (const [name, kind] of kinds) {
    if (ruled.has(name)) continue
    throw new TypeError(
      `there is no rule for the ${kind} ${name}: add Rules.${kind}(…) to the option rules`,
    )
  }
  checkSharing(queries, rules)
}

/** Throws `TypeError` where SQL ignores the user and no rule says that it may, and the reverse. */
const checkSharing = (
  queries: Required<ContextParts>["queries"],
  rules: Required<ContextParts>["rules"],
): void => {
  const ruled = new Map(rules.map((each) => [each.name, each]))
  for (const { query: { name }, isPerUser } of queries) {
    const { sameForAll, rules: { rule } = {} } = ruled.get(name)!
    if (isPerUser && sameForAll && typeof rule === "function") {
      throw new TypeError(
        `the rule for the query ${name} says sameForAll, and its answers depend on the user: ` +
          "remove sameForAll",
      )
    }
    if (isPerUser || sameForAll) continue
    throw new TypeError(
      `the SQL of the query ${name} ignores the user, so all whom its rule admits see the same: ` +
        "take the user as the third parameter of sql, or write sameForAll into the rule: " +
        "Rules.query(…, …, { sameForAll: true })",
    )
  }
}

const NATS_USER = /^[a-z][a-z0-9-]{0,31}$/

/** Throws `TypeError` for users of NATS whose names cannot be in subjects, or who are too many. */
const checkNatsUsers = (app: string, users: AppDefinition["natsUsers"]): void => {
  const names = Object.keys(users)
  if (names.length > NATS_USERS.most) {
    throw new TypeError(`${app} has ${names.length} natsUsers: ${NATS_USERS.most} are allowed`)
  }
  for (const name of names) {
    if (!NATS_USER.test(name)) {
      throw new TypeError(
        `"${name}" in natsUsers is no user's name: use up to 32 of a-z, 0-9 and -, a letter first`,
      )
    }
    claimsText(users[name]!)
  }
}

const PARTS: { readonly [Name in keyof Required<ContextParts>]: (value: object) => boolean } = {
  actors: (value) => "contract" in value && "evolve" in value,
  projections: (value) => "keyColumn" in value,
  queries: (value) => "query" in value && "from" in value,
  policies: (value) => "handles" in value && "on" in value && !("keyColumn" in value),
  rules: (value) => "kind" in value && "rules" in value,
}

const ONE_OF = {
  actors: "actor",
  projections: "projection",
  queries: "query handler",
  policies: "policy",
  rules: "rule of Rules.actor, Rules.view or Rules.query",
}

const OPTIONS: { readonly [Name in keyof Required<AppOptions>]: unknown } = {
  ...PARTS,
  contexts: true,
  follows: true,
  http: true,
  users: true,
  natsUsers: true,
  developmentUser: true,
  version: true,
}

/** Throws `TypeError` for a part that is undefined, or that stands in the list of others. */
const checkParts = (what: string, parts: ContextParts): void => {
  for (const [name, is] of Object.entries(PARTS) as [keyof typeof PARTS, typeof PARTS.actors][]) {
    const given = parts[name]
    if (given !== undefined) checkAll(`${what}: ${name}`, ONE_OF[name], given, is)
  }
}

const contextOf = ({ context }: { readonly context: string }): string => context
const nameOf = ({ name }: { readonly name: string }): string => name

/**
 * Defines an application. Throws `TypeError` when two of its parts have the same name; when two
 * names derived from them, such as those of tables, are equal, or one is too long; and when a part
 * reads from a contract for which the application has no actor.
 */
export const define = <const O extends AppOptions>(
  name: string,
  options: O & RulesNeeded<O>,
): AppDefinition => defineUnchecked(name, options)

/** The same for options whose types are not known. */
const defineUnchecked = (name: string, options: AppOptions): AppDefinition => {
  checkOptions(`the application ${name}`, options, Object.keys(OPTIONS))
  const { contexts: brought = [], follows = [], version = "0.0.0" } = options
  const { http, users, natsUsers = {}, developmentUser } = options
  if (users !== undefined) checkFunction(`the application ${name}: users`, users, true)
  if (http !== undefined) checkFunction(`the application ${name}: http`, http)
  checkAll(`the application ${name}: contexts`, "context", brought, () => true)
  for (const parts of brought) {
    // What a file exports can have other names as well.
    if (Object.prototype.toString.call(parts) === "[object Module]") continue
    checkOptions(`a context of the application ${name}`, parts, Object.keys(PARTS))
  }
  const all = [options, ...brought]
  for (const parts of all) checkParts(`the application ${name}`, parts)
  const parts = {
    actors: all.flatMap(({ actors = [] }) => actors),
    projections: all.flatMap(({ projections = [] }) => projections),
    queries: all.flatMap(({ queries = [] }) => queries),
    policies: all.flatMap(({ policies = [] }) => policies),
    rules: all.flatMap(({ rules = [] }) => rules),
  }
  const { actors, projections, queries, policies } = parts
  checkNames([
    ...actors.flatMap(({ contract: { name, was } }) => was === undefined ? [name] : [name, was]),
    ...projections.map((projection) => projection.name),
    ...queries.map(({ query }) => query.name),
  ])
  checkNames(policies.map((policy) => policy.name))
  checkIdentities(policies)
  checkFollows(name, follows, parts)
  checkSources(parts, follows)
  checkRules(name, options, parts)
  checkNatsUsers(name, natsUsers)
  checkDerivedNames(derivedNames(parts))
  const contexts = [
    ...new Set([...actors.map(({ contract }) => contract), ...policies].map(contextOf)),
  ]
  const contracts = actors.map(({ contract }) => contract.name)
  const identity = { users, natsUsers, developmentUser }
  return { name, version, contexts, follows, contracts, ...parts, http, ...identity }
}

/**
 * The same application with only the parts of the given bounded contexts, or with all parts when no
 * contexts are given. Throws a `StartProblem` for a context that the application does not have.
 */
export const withinContexts = (
  app: AppDefinition,
  wanted?: readonly string[],
): AppDefinition => {
  if (!wanted) return app
  const unknown = wanted.find((context) => !app.contexts.includes(context))
  if (unknown !== undefined) {
    const known = app.contexts.join(", ")
    throw new StartProblem(
      `there is no context "${unknown}"; there are: ${known}. Correct CONTEXTS`,
    )
  }
  return {
    ...app,
    actors: app.actors.filter(({ contract }) => wanted.includes(contract.context)),
    projections: app.projections.filter(({ context }) => wanted.includes(context)),
    queries: app.queries.filter(({ query }) => wanted.includes(query.context)),
    policies: app.policies.filter(({ context }) => wanted.includes(context)),
  }
}
