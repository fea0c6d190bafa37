/** What an application follows: contracts of other applications, whose logs it only reads. */
import { type AnyContract, checkContracts, contextOf } from "../../contracts/internal.ts"

/** An application, as far as it says which logs it reads. */
interface Follows {
  readonly follows: readonly AnyContract[]
}

type Named = readonly { readonly name: string }[]

/** The parts of an application, as far as they have names. */
interface Parts {
  readonly actors: readonly { readonly contract: AnyContract }[]
  readonly projections: Named
  readonly queries: readonly { readonly query: { readonly name: string } }[]
  readonly policies: Named
}

/** The bounded contexts whose logs an application follows. */
export const followedContexts = (
  { follows }: Follows,
): readonly string[] => [...new Set(follows.map(({ context }) => context))]

/** The contexts whose logs an application reads: its own, and those that it follows. */
export const contextsRead = (
  app: Follows & { readonly contexts: readonly string[] },
): readonly string[] => [
  ...app.contexts,
  ...followedContexts(app),
]

/** The contracts whose events an application reads, by name. */
export const contractsRead = (
  { actors, follows }: Follows & Pick<Parts, "actors">,
): ReadonlyMap<string, AnyContract> =>
  new Map([...actors.map(({ contract }) => contract), ...follows].map((each) => [each.name, each]))

/** The names of the parts of an application, and what each is called in a message. */
const namesOf = (parts: Parts): (readonly [kind: string, name: string])[] => [
  ...parts.actors.map(({ contract }) => ["an actor", contract.name] as const),
  ...parts.projections.map(({ name }) => ["a projection", name] as const),
  ...parts.queries.map(({ query }) => ["a query", query.name] as const),
  ...parts.policies.map(({ name }) => ["a policy", name] as const),
]

/**
 * Throws `TypeError` for what is no contract, for one that is followed twice, and for a part of the
 * application in a context that it follows: the streams and subjects of that context belong to
 * another application.
 */
export const checkFollows = (
  app: string,
  follows: readonly AnyContract[],
  parts: Parts,
): void => {
  checkContracts(`the application ${app}`, follows, "follows")
  const names = follows.map(({ name }) => name)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) throw new TypeError(`${app} follows ${twice} twice`)
  const contexts = followedContexts({ follows })
  for (const [kind, name] of namesOf(parts)) {
    if (!contexts.includes(contextOf(name))) continue
    throw new TypeError(
      `${app} follows the context ${contextOf(name)} of another application, and has ${kind} of ` +
        `its own in it, ${name}: put it into a context of ${app}`,
    )
  }
}
