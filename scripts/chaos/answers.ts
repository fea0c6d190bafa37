/** Checks every answer that a client got against the log. */
import { parsePositions } from "../../contracts/internal.ts"
import { byActor } from "./chains.ts"
import { groupBy } from "./group-by.ts"
import type { Asked, Logged, Outcome } from "./history.ts"
import { type Step, Timeline } from "./timeline.ts"
import { Accounts } from "./vault.ts"
import type { Findings } from "./verdict.ts"

type Accepted = Extract<Outcome, { type: "accepted" }>

/** Whether this event is what the question asked for. */
const isOf = (step: Step, { command, amount }: Asked): boolean =>
  step.command === command && step.amount === amount

/** What is checked for one account. */
interface Case {
  readonly id: string
  readonly timeline: Timeline
  /** The versions that each command made. */
  readonly made: ReadonlyMap<string, readonly number[]>
  readonly findings: Findings
}

const positionAt = (timeline: Timeline, version: number): string =>
  `${Accounts.context}:${timeline.sequenceAt(version)}`

const checkAccepted = (
  { id, timeline, made, findings }: Case,
  asked: Asked,
  { position, version, events }: Accepted,
): void => {
  const what = `${asked.commandId} on ${id} was accepted at ${position}, version ${version}`
  if (events === 0) {
    const window = timeline.windowOf(asked)
    const wasSo = timeline.was(window, (_, at) => at === version) &&
      timeline.endedAt(version, parsePositions(position)[Accounts.context] ?? -1)
    if (!wasSo) findings.add("wrongAnswers", `${what} with nothing to do, which it was not at`)
    return
  }
  const [at] = made.get(asked.commandId) ?? []
  if (at === undefined) return findings.add("lost", `${what}, and is not in the log`)
  if (!isOf(timeline.steps[at - 1]!, asked)) {
    return findings.add("wrongAnswers", `${what}; the log has something else under that id`)
  }
  if (at === version && positionAt(timeline, at) === position && events === 1) return
  const logged = `${positionAt(timeline, at)}, version ${at}`
  findings.add("wrongAnswers", `${what}, ${events} events; the log has it at ${logged}`)
}

const checkRefused = ({ id, timeline, made, findings }: Case, asked: Asked): void => {
  const { outcome, amount, command, commandId, expectedVersion } = asked
  if (outcome.type === "reused") {
    const [at = 0] = made.get(commandId) ?? []
    const step = timeline.steps[at - 1]
    if (step && !isOf(step, asked)) return
    const what = `${commandId}, ${command} ${amount} on ${id}, was refused as used for another`
    return findings.add("wrongRejections", `${what}, which the log does not have`)
  }
  const window = timeline.windowOf(asked)
  const between = `from version ${window.oldest} to ${window.newest}`
  if (outcome.type === "rejected") {
    const { balance: said } = outcome
    if (said < amount && timeline.was(window, (balance) => balance === said)) return
    const when = `asked from ${Math.round(asked.sentMs)} to ${Math.round(asked.doneMs)} ms`
    const had = timeline.lastWith(said)
    const sentence = `${commandId}: ${id} never had ${said} ${between}, but at ${had}`
    findings.add("wrongRejections", `${sentence}; ${when}`)
  } else if (outcome.type === "mismatch") {
    const { actual } = outcome
    if (actual !== expectedVersion && timeline.was(window, (_, at) => at === actual)) return
    findings.add("wrongRejections", `${commandId}: ${id} was not at ${actual} ${between}`)
  }
}

const isRefused = ({ outcome: { type } }: Asked): boolean =>
  type === "rejected" || type === "mismatch" || type === "reused"

/**
 * Whether all answers together prove that none of these stored anything: all were refused, or one
 * refusal covers those before it and all later ones were refused too.
 */
const allRefused = (asked: readonly Asked[]): boolean =>
  asked.every(isRefused) ||
  asked.some((last) =>
    isRefused(last) && last.retry &&
    asked.every((each) => isRefused(each) || each.doneMs <= last.sentMs)
  )

const checkMade = ({ id, timeline, made, findings }: Case, asked: readonly Asked[]): void => {
  const questions = groupBy(asked, ({ commandId }) => commandId)
  for (const [commandId, versions] of made) {
    const [version = 0] = versions
    const where = `${commandId} on ${id} at version ${version}`
    if (versions.length > 1) {
      findings.add("duplicated", `${commandId} on ${id} made the versions ${versions.join()}`)
    }
    const asks = questions.get(commandId)
    const { command, amount, balance } = timeline.steps[version - 1]!
    const meant = asks?.filter((each) => each.command === command && each.amount === amount) ?? []
    if (meant.length === 0) {
      findings.add("duplicated", `${where}: nobody asked for ${command} ${amount}`)
    } else if (allRefused(meant)) {
      findings.add("wrongRejections", `${where} is stored, though it was refused`)
    }
    if (balance < 0) findings.add("wrongAnswers", `${where} left a balance of ${balance}`)
  }
}

/** Reports every answer that contradicts the log, and every event that nobody asked for. */
export const checkAnswers = (
  asked: readonly Asked[],
  log: readonly Logged[],
  findings: Findings,
): void => {
  const accounts = byActor(log.filter(({ name }) => name === Accounts.name))
  const questions = groupBy(asked, ({ id }) => `${Accounts.name} ${id}`)
  for (const key of new Set([...accounts.keys(), ...questions.keys()])) {
    const mine = questions.get(key) ?? []
    const timeline = new Timeline(accounts.get(key) ?? [], mine)
    const made = new Map<string, number[]>()
    for (const [index, { commandId }] of timeline.steps.entries()) {
      made.set(commandId, [...made.get(commandId) ?? [], index + 1])
    }
    const id = key.slice(Accounts.name.length + 1)
    const one: Case = { id, timeline, made, findings }
    checkMade(one, mine)
    for (const each of mine) {
      const { outcome } = each
      if (outcome.type === "accepted") checkAccepted(one, each, outcome)
      else if (outcome.type === "broken") {
        findings.add("wrongAnswers", `${each.commandId} on ${id}: ${outcome.reason}`)
      } else checkRefused(one, each)
    }
  }
}
