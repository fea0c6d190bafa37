/** Same reactions: whether a policy wants the same when it handles an event twice. */
import { isDeepStrictEqual } from "node:util"
import type { Reaction } from "../../actors/internal.ts"
import { thawed } from "../../contracts/internal.ts"
import { Broken } from "./broken.ts"
import { said } from "./story.ts"

/** Throws `Broken` if a policy wants something else when it handles the same event again. */
export const checkSame = (
  policy: string,
  what: string,
  one: readonly Reaction[],
  other: readonly Reaction[] | Promise<readonly Reaction[]>,
): void => {
  if (other instanceof Promise) return void other.catch(() => undefined)
  if (isDeepStrictEqual(one.map(comparable), other.map(comparable))) return
  const message = `the handler of ${policy} wants ${wanted(one)} and then ${wanted(other)} for ` +
    `the same ${what}: it depends on something that it is not given`
  throw new Broken("pure", `the handler of ${policy}`, message)
}

/** A reaction without its contract, which is large and always the same. */
const comparable = (reaction: Reaction): unknown => {
  if (reaction.kind === "cancel") return reaction
  const { contract: { name: actor }, id, command } = reaction.kind === "ask"
    ? reaction
    : reaction.ask
  const whole = [reaction.kind, actor, id, command.type, thawed(command.data)]
  return reaction.kind === "ask" ? whole : [...whole, thawed(reaction.when), reaction.name]
}

const wanted = (reactions: readonly Reaction[]): string =>
  reactions.map((each) =>
    each.kind === "cancel"
      ? `cancel ${each.name}`
      : each.kind === "ask"
      ? said(each.command)
      : `${said(each.ask.command)} later`
  ).join(", ") || "nothing"
