/** `leftfold replay POLICY --from POSITION`: a policy handles a part of the log again. */
import { Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import {
  natsTimers,
  type Policy,
  REPLAY,
  retryTimer,
  type WouldHandle,
  wouldHandle,
} from "../../actors/internal.ts"
import { contextOf, parsePositions, positionOf } from "../../contracts/internal.ts"
import { askRoles } from "../../app/internal.ts"
import { atWork, flag, json, type Workplace } from "../leftfold.ts"
import { REPLAYED, RETRY } from "../limits.ts"
import { counted, printJson, printLine, printTable } from "../print.ts"
import { Problem } from "../problem.ts"
import { parkedPlaces, policyNamed, taken } from "./policy-work.ts"

const policy = Argument.String("POLICY").pipe(Argument.withDescription("the policy"))

const from = Flag.String("from").pipe(
  Flag.withMetavar("POSITION"),
  Flag.withDescription("the first position, such as orders:17; several are separated by commas"),
)

const to = Flag.String("to").pipe(
  Flag.withMetavar("POSITION"),
  Flag.withDescription("the last position; the end of the log by default"),
  Flag.optional,
)

const apply = flag("apply", "replay it; without this flag it is only looked at")

const again = flag(
  "again",
  "do everything again, under new command ids: what was carried out is carried out twice",
)

interface Input {
  readonly policy: string
  readonly from: string
  readonly to: Option.Option<string>
  readonly apply: boolean
  readonly again: boolean
  readonly json: boolean
}

/** A part of the log of one context. */
interface Range {
  readonly context: string
  readonly from: number
  readonly to: number
}

const policyOf = ({ app }: Workplace, name: string): Policy => {
  const identity = policyNamed(app, name)
  const found = app.policies.find((each) => each.identity === identity)
  if (found) return found
  const known = app.policies.map((each) => each.name).join(", ") || "none"
  throw new Problem({ message: `there is no policy "${name}"; there are: ${known}` })
}

/** The parts that are meant. Throws a `Problem` for contexts that the policy does not follow. */
const rangesOf = async (place: Workplace, policy: Policy, input: Input): Promise<Range[]> => {
  const starts = parsePositions(input.from)
  const ends = parsePositions(Option.getOrElse(input.to, () => input.from))
  const followed = [...new Set(policy.from.map(({ context }) => context))]
  const feed = await place.feed()
  const ranges: Range[] = []
  for (const [context, first] of Object.entries(starts)) {
    if (!followed.includes(context)) {
      throw new Problem({
        message: `${policy.name} does not follow ${context}; it follows ${followed.join(", ")}`,
      })
    }
    const last = await feed.last(context) ?? 0
    const wanted = Option.isNone(input.to) ? last : Math.min(ends[context] ?? last, last)
    const range = { context, from: Math.max(1, first), to: wanted }
    if (range.to < range.from) {
      throw new Problem({
        message: `nothing is between ${positionOf(context, range.from)} and ` +
          `${positionOf(context, range.to)}, the last position that is meant`,
      })
    }
    if (range.to - range.from >= REPLAY.messages) {
      const most = REPLAY.messages.toLocaleString("en")
      throw new Problem({ message: `a replay covers at most ${most} messages: give --to` })
    }
    ranges.push(range)
  }
  return ranges
}

/** What a look has found. */
interface Look {
  readonly events: readonly WouldHandle[]
  /** How many events would be handled, those that are not listed included. */
  readonly count: number
  readonly asks: number
  readonly notCalled: number
  readonly failing: number
  /** How many messages were not looked at. */
  readonly unread: number
}

const look = async (
  place: Workplace,
  policy: Policy,
  { context, from, to }: Range,
  listed: number,
): Promise<Look> => {
  const feed = await place.feed()
  const skips = await feed.skips(context)
  const isSkipped = (_: string, sequence: number) => skips.has(sequence)
  const reader = await feed.open({ [context]: from - 1 })
  const events: WouldHandle[] = []
  const counts = { count: 0, asks: 0, notCalled: 0, failing: 0 }
  let [read, done] = [0, from - 1]
  try {
    while (done < to && read < REPLAYED.messages) {
      const messages = await reader.next(REPLAYED.atOnce)
      if (messages.length === 0) break
      for (const message of messages) {
        done = message.sequence
        if (done > to) break
        read++
        for (const each of await wouldHandle(policy, message, isSkipped)) {
          counts.count++
          counts.asks += each.asks?.length ?? 0
          if (each.error !== undefined) counts.failing++
          else if (each.asks === undefined) counts.notCalled++
          if (events.length < listed) events.push(each)
        }
      }
    }
  } finally {
    reader.close()
  }
  return { events, ...counts, unread: Math.max(0, to - done) }
}

const asksText = ({ asks, error }: WouldHandle): string => {
  if (error !== undefined) return `fails: ${error.split("\n")[0]}`
  if (asks === undefined) return "(not called: it may call another system)"
  return asks.map(({ kind, actor, id, command, commandId, timer }) =>
    kind === "cancel"
      ? `cancels the timer ${timer}`
      : `${kind === "later" ? "later " : ""}${command} of ${actor} ${id} (${commandId})`
  ).join("; ")
}

const printLook = (policy: Policy, range: Range, found: Look): void => {
  const { events, count, asks, notCalled, failing, unread } = found
  const where = `${positionOf(range.context, range.from)} to ` +
    positionOf(range.context, range.to)
  printLine(
    `${policy.name}, ${where}: ${counted(count, "event")} to handle, ` +
      `${counted(asks, "reaction")}`,
  )
  if (events.length > 0) {
    printTable(
      ["POSITION", "EVENT", "ACTOR", "WOULD ASK"],
      events.map((each) => [each.position, each.event, `${each.actor} ${each.id}`, asksText(each)]),
    )
  }
  if (count > events.length) {
    printLine(`not listed here: ${counted(count - events.length, "event")}`)
  }
  if (notCalled > 0) {
    printLine(
      `${counted(notCalled, "event")} with an asynchronous handler: it is called again by a ` +
        "replay, and so is the other system that it calls",
    )
  }
  if (failing > 0) printLine(`${counted(failing, "event")} whose handler fails now: it is parked`)
  if (unread > 0) printLine(`not looked at: ${counted(unread, "message")} at the end`)
}

const advice = ({ again }: Input): string =>
  again
    ? "nothing was done. --apply does it; with --again the commands have new ids, so what was " +
      "carried out is carried out twice"
    : "nothing was done. --apply does it: the commands have the ids that they had, so what was " +
      "carried out is not carried out twice, and what was rejected is decided again"

const replayAll = async (
  place: Workplace,
  { identity, name }: Policy,
  ranges: readonly Range[],
  input: Input,
): Promise<number> => {
  const wire = await place.wire()
  const { policies } = await askRoles(place.app, wire, RETRY.askMs)
  if (policies?.reason === "no-responders") {
    throw new Problem({ message: "no process with the role policies runs, to replay it" })
  }
  const timers = natsTimers(wire)
  const parked = async () =>
    (await parkedPlaces(place)).filter((each) => each.policy === identity).length
  const before = await parked()
  const again = input.again ? { again: crypto.randomUUID().slice(0, 8) } : {}
  for (const range of ranges) {
    const timer = retryTimer(identity, { kind: "replay", ...range, ...again })
    await timers.set(timer)
    const isPending = () => timers.isPending(identity, timer.key)
    await taken(contextOf(identity), isPending, REPLAYED.withinMs)
    const done = { policy: name, context: range.context, from: range.from, to: range.to, ...again }
    if (input.json) printJson({ replayed: true, ...done })
    else {
      printLine(
        `${name} was replayed from ${positionOf(range.context, range.from)} to ` +
          positionOf(range.context, range.to),
      )
    }
  }
  const now = await parked()
  if (now <= before) return 0
  if (!input.json) printLine(`${now - before} more parked: leftfold parked ${name}`)
  return 1
}

const run = async (place: Workplace, input: Input): Promise<number> => {
  const policy = policyOf(place, input.policy)
  const ranges = await rangesOf(place, policy, input)
  if (input.apply) return await replayAll(place, policy, ranges, input)
  const listed = input.json ? REPLAYED.listedAsJson : REPLAYED.listed
  for (const range of ranges) {
    const found = await look(place, policy, range, listed)
    if (input.json) printJson({ replayed: false, policy: policy.name, ...range, ...found })
    else printLook(policy, range, found)
  }
  if (!input.json) printLine(advice(input))
  return 0
}

/** The command. */
export const replayCommand = Command.make(
  "replay",
  { policy, from, to, apply, again, json },
  (input) => atWork((place) => run(place, input)),
).pipe(Command.withDescription(
  "Shows what a policy would do if it handled a part of the log again, and with --apply has it " +
    "do so. Exits with 1 when something was parked.",
))
