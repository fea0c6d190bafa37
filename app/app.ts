/** An application: the definition of everything that one system consists of. */
import type { AnyActor, Policy } from "../actors/internal.ts"
import type { AnyProjection, AnyQueryHandler } from "../projections/internal.ts"
import { checkDerivedNames, derivedNames } from "./derived-names.ts"
import { StartProblem } from "./start-problem.ts"

/**
 * What a bounded context brings to an application.
 *
 * ```ts
 * const orders: ContextParts = { actors: [Order], projections: [OrderList] }
 * const shop = App.define("shop", { contexts: [orders] })
 * ```
 */
export interface ContextParts {
  readonly actors?: readonly AnyActor[]
  readonly projections?: readonly AnyProjection[]
  readonly queries?: readonly AnyQueryHandler[]
  readonly policies?: readonly Policy[]
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
  /** A folder of files for a browser, ending in a slash, that the gateway serves as well. */
  readonly site?: URL
  /** A semantic version, such as `1.2.0`, by which a running node tells what it runs. */
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
  readonly site: URL | undefined
  readonly name: string
  /** Every bounded context that has an actor or a policy: each has streams of its own. */
  readonly contexts: readonly string[]
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

const checkSources = ({ actors, projections, policies }: Required<ContextParts>): void => {
  const known = new Set(actors.map(({ contract }) => contract.name))
  for (const { name, from } of [...projections, ...policies]) {
    for (const contract of from) {
      if (!known.has(contract.name)) {
        throw new TypeError(`${name} reads ${contract.name}, which no actor of the app decides for`)
      }
    }
  }
}

const contextOf = ({ context }: { readonly context: string }): string => context

/**
 * Defines an application. Throws `TypeError` when two of its parts have the same name, when a name
 * derived from theirs would be the same or too long, such as that of a table, and when a part reads
 * from a contract that none of its actors decides for.
 */
export const define = (name: string, options: AppOptions): AppDefinition => {
  const { contexts: brought = [], version = "0.0.0", site } = options
  const all = [options, ...brought]
  const parts = {
    actors: all.flatMap(({ actors = [] }) => actors),
    projections: all.flatMap(({ projections = [] }) => projections),
    queries: all.flatMap(({ queries = [] }) => queries),
    policies: all.flatMap(({ policies = [] }) => policies),
  }
  const { actors, projections, queries, policies } = parts
  checkNames([
    ...actors.map(({ contract }) => contract.name),
    ...projections.map((projection) => projection.name),
    ...queries.map(({ query }) => query.name),
  ])
  checkNames(policies.map((policy) => policy.name))
  checkSources(parts)
  checkDerivedNames(derivedNames(parts))
  const contexts = [
    ...new Set([...actors.map(({ contract }) => contract), ...policies].map(contextOf)),
  ]
  return { name, version, contexts, ...parts, site }
}

/**
 * The same application with the parts of these bounded contexts alone; all of them when it is not
 * said which. Throws a `StartProblem` for a context that it does not have.
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
