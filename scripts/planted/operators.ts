/** Operators that plant a fault in an application: in decide, in evolve or in a policy. */
import type { AppDefinition } from "../../app/internal.ts"
import type { AnyActor, Outcome, Policy, Reaction } from "../../actors/internal.ts"
import type { AnyContract, CommandOf, EventOf, Message } from "../../contracts/internal.ts"

/** An application with one fault. */
export type Plant = (app: AppDefinition) => AppDefinition

const actorAs = (
  name: string,
  change: (actor: AnyActor) => Partial<Pick<AnyActor, "decide" | "evolve">>,
): Plant =>
(app) => {
  if (!app.actors.some(({ contract }) => contract.name === name)) {
    throw new TypeError(`${app.name} has no actor ${name} to plant a fault in`)
  }
  return {
    ...app,
    actors: app.actors.map((actor) =>
      actor.contract.name === name ? { ...actor, ...change(actor) } : actor
    ),
  }
}

/** Decides a command as if the actor were in another state. */
export const decideAs = <K extends AnyContract, State>(
  { contract }: { readonly contract: K; readonly initial: State },
  command: CommandOf<K>["type"],
  state: (state: NoInfer<State>) => NoInfer<State>,
): Plant =>
  actorAs(contract.name, (actor) => ({
    decide: (before, message, meta) =>
      message.type === command
        ? actor.decide(state(before as State), message, meta)
        : actor.decide(before, message, meta),
  }))

/** Changes what is decided on a command. */
export const decides = <K extends AnyContract, State>(
  { contract }: { readonly contract: K; readonly initial: State },
  command: CommandOf<K>["type"],
  outcome: (events: readonly EventOf<K>[], state: NoInfer<State>) => readonly EventOf<K>[],
): Plant =>
  actorAs(contract.name, (actor) => ({
    decide: (state, message, meta): Outcome => {
      const decided = actor.decide(state, message, meta)
      if (message.type !== command || "kind" in decided) return decided
      const events: readonly Message[] = decided
      return outcome(
        events as readonly EventOf<K>[],
        state as State,
      ) as readonly Message[] as Outcome
    },
  }))

/** Changes the state after an event. */
export const evolves = <K extends AnyContract, State>(
  { contract }: { readonly contract: K; readonly initial: State },
  event: EventOf<K>["type"],
  state: (before: NoInfer<State>, after: NoInfer<State>) => NoInfer<State>,
): Plant =>
  actorAs(contract.name, (actor) => ({
    evolve: (before, message) => {
      const after = actor.evolve(before, message)
      return message.type === event ? state(before as State, after as State) : after
    },
  }))

/** Changes the reactions of a policy to an event. */
export const reacts = <K extends AnyContract>(
  policy: string,
  _of: K,
  event: EventOf<K>["type"],
  reactions: (reactions: readonly Reaction[]) => readonly Reaction[],
): Plant =>
(app) => {
  const change = (of: Policy): Policy => ({
    ...of,
    on: (message, meta) => {
      const got = of.on(message, meta)
      if (message.type !== event) return got
      return got instanceof Promise ? got.then(reactions) : reactions(got)
    },
  })
  if (!app.policies.some(({ name }) => name === policy)) {
    throw new TypeError(`${app.name} has no policy ${policy} to plant a fault in`)
  }
  return {
    ...app,
    policies: app.policies.map((each) => each.name === policy ? change(each) : each),
  }
}
