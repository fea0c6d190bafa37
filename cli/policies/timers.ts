/** `leftfold timers [POLICY]`: what policies will ask later, and what of it has become useless. */
import { Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { natsTimers, type WaitingTimer, waitingTimers } from "../../actors/internal.ts"
import { messageOf } from "../../contracts/internal.ts"
import { atWork, json, type Workplace } from "../leftfold.ts"
import { LISTED } from "../limits.ts"
import { printJson, printLine, printTable } from "../print.ts"
import { policyNamed } from "./policy-work.ts"
import { Problem } from "../problem.ts"

const policy = Argument.String("POLICY").pipe(
  Argument.withDescription("only the timers of this policy, also of one that is gone"),
  Argument.optional,
)

const cancelling = Flag.String("cancel").pipe(
  Flag.withMetavar("KEY"),
  Flag.withDescription("cancel the timer of POLICY with this key, as the list shows it"),
  Flag.optional,
)

interface Input {
  readonly policy: Option.Option<string>
  readonly cancel: Option.Option<string>
  readonly json: boolean
}

/** Why a timer cannot do what it is for; undefined if nothing is known against it. */
const problemOf = (
  { actors, policies, contracts }: Workplace["app"],
  { policy, ask, suspended, recurring }: WaitingTimer,
): string | undefined => {
  if (!ask) return "what it asks cannot be read"
  const contract = actors.find((each) => each.contract.name === ask.name)?.contract
  if (contract && !Object.hasOwn(contract.commands, ask.type)) return `no command ${ask.type}`
  if (!contract && !contracts.includes(ask.name)) return `no actor ${ask.name}`
  if (contract) {
    try {
      contract.codec.command(ask.type, ask.data)
    } catch (error) {
      return `${ask.type} no longer takes its fields: ${messageOf(error)}`
    }
  }
  if (suspended) return "suspended: no running policy wants it"
  if (policies.some(({ identity }) => identity === policy)) return undefined
  const context = policy.slice(0, policy.indexOf("."))
  return policies.some((each) => each.context === context)
    ? `no such policy any longer; it ${recurring ? "is suspended when due" : "fires all the same"}`
    : `no policy of ${context} is left, so nobody takes it`
}

/** Cancels a timer that waits; resolves to the policy by its first name. */
export const cancelTimer = async (place: Workplace, name: string, key: string): Promise<string> => {
  const policy = policyNamed(place.app, name) ?? name
  const timers = natsTimers(await place.wire())
  if (!(await timers.isPending(policy, key))) {
    throw new Problem({ message: `no timer ${key} of ${policy} waits: leftfold timers` })
  }
  await timers.cancel(policy, key)
  return policy
}

const cancel = async (place: Workplace, input: Input, key: string): Promise<void> => {
  const name = Option.getOrUndefined(input.policy)
  if (name === undefined) throw new Problem({ message: "give a POLICY whose timer to cancel" })
  const policy = await cancelTimer(place, name, key)
  if (input.json) return printJson({ policy, key, cancelled: true })
  printLine(`the timer ${key} of ${policy} is cancelled`)
}

const timersOf = async (place: Workplace, name: string | undefined) => {
  const { app } = place
  const wanted = name === undefined ? undefined : policyNamed(app, name) ?? name
  const wire = await place.wire()
  const found: WaitingTimer[] = []
  let leftOut = 0
  for (const context of app.contexts) {
    const { timers, count } = await waitingTimers(wire, context, LISTED.works, wanted)
    found.push(...timers)
    leftOut += Math.max(0, count - LISTED.works)
  }
  return { rows: found.map((timer) => ({ ...timer, problem: problemOf(app, timer) })), leftOut }
}

/** The timers that wait, of one policy or of all, as JSON lists them. */
export const timersJson = async (
  place: Workplace,
  name: string | undefined,
): Promise<readonly object[]> => {
  const { rows, leftOut } = await timersOf(place, name)
  return [
    ...rows.map(({ ask, ...row }) => ({
      ...row,
      ...(ask && { asks: { actor: ask.name, id: ask.id, command: ask.type, data: ask.data } }),
    })),
    ...(leftOut > 0 ? [{ leftOut }] : []),
  ]
}

const list = async (place: Workplace, input: Input): Promise<void> => {
  const name = Option.getOrUndefined(input.policy)
  if (input.json) return printJson(await timersJson(place, name))
  const { rows, leftOut } = await timersOf(place, name)
  if (rows.length === 0) return printLine("no timer waits")
  printTable(
    ["POLICY", "KEY", "WHEN", "ASKS", "PROBLEM"],
    rows.map(({ policy, key, when, ask, problem }) => [
      policy,
      key,
      when,
      ask ? `${ask.type} of ${ask.name} ${ask.id}` : "",
      problem ?? "",
    ]),
  )
  if (leftOut > 0) printLine(`not listed here: ${leftOut} more`)
  printLine("to cancel one: leftfold timers POLICY --cancel KEY")
}

/** The command. */
export const timersCommand = Command.make(
  "timers",
  { policy, cancel: cancelling, json },
  (input) =>
    atWork((place) => {
      const key = Option.getOrUndefined(input.cancel)
      return key === undefined ? list(place, input) : cancel(place, input, key)
    }),
).pipe(Command.withDescription(
  "Lists the timers that wait, with what they will ask, and flags those that are of no use.",
))
