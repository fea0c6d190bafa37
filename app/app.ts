/** An application: everything that one system consists of, said once. */
import type { AnyActor, Policy } from "../actors/mod.ts"
import type { AnyProjection, AnyQueryHandler } from "../projections/mod.ts"

/** What an application consists of. */
export interface AppOptions {
  readonly actors: readonly AnyActor[]
  readonly projections?: readonly AnyProjection[]
  readonly queries?: readonly AnyQueryHandler[]
  readonly policies?: readonly Policy[]
  /** A folder of files for a browser, ending in a slash, that the gateway serves as well. */
  readonly site?: URL
  /** A semantic version, such as `1.2.0`, by which a running node tells what it runs. */
  readonly version?: string
}

/** An application, checked. Made by `App.define`. */
export interface AppDefinition extends Required<Omit<AppOptions, "site">> {
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

const checkSources = ({ actors, projections = [], policies = [] }: AppOptions): void => {
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
 * Defines an application. Throws `TypeError` when two of its parts have the same name, or when
 * one reads from a contract that none of its actors decides for.
 */
export const define = (name: string, options: AppOptions): AppDefinition => {
  const { actors, projections = [], queries = [], policies = [], version = "0.0.0" } = options
  const { site } = options
  checkNames([
    ...actors.map(({ contract }) => contract.name),
    ...projections.map((projection) => projection.name),
    ...queries.map(({ query }) => query.name),
  ])
  checkNames(policies.map((policy) => policy.name))
  checkSources(options)
  const contexts = [
    ...new Set([...actors.map(({ contract }) => contract), ...policies].map(contextOf)),
  ]
  return { name, version, contexts, actors, projections, queries, policies, site }
}
