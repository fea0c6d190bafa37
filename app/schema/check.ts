/** Checks an application against its locks: what was released, through today's code, both ways. */
import type { AnyActor } from "../../actors/internal.ts"
import { type AnyContract, messageOf } from "../../contracts/internal.ts"
import { contextsOf, type FoldedProjection, isRaw } from "../../projections/internal.ts"
import type { AppDefinition } from "../app.ts"
import { backward } from "./backward.ts"
import type { Finding } from "./finding.ts"
import { forward } from "./forward.ts"
import { becameOf, lockContract, lockFollowed } from "./lock.ts"
import type { LockFolder, PolicyLock } from "./folder.ts"
import type { ContractLock, LockedMessage, LockedMessages, Shape } from "./lock-file.ts"
import type { MachineTrial } from "./machine.ts"
import { compare, overlooked } from "./behaviour.ts"
import { isSameShape, shapeToday } from "./shape.ts"
import { stampedOf } from "./stamped.ts"
import { trialsOf } from "./trials.ts"
import { type Hints, hintsOf } from "./mutations.ts"
import { type Json, persist, typeSchema } from "./persisted.ts"

/** How much is tried. */
export interface CheckOptions {
  /** Values of each version of each message. */
  readonly values?: number
  /** The same seed gives the same values. */
  readonly seed?: number
}

/** The result of a check. */
export interface SchemaReport {
  readonly findings: readonly Finding[]
  /** What is not locked yet, such as `orders.order OrderPlaced v2`. */
  readonly unlocked: readonly string[]
  /** How many versions of messages were tried, and with how many values in all. */
  readonly versions: number
  readonly values: number
}

const DEFAULTS: Required<CheckOptions> = { values: 2_000, seed: 1 }

type Kind = "event" | "command"

/** Checks one contract. */
class ContractCheck {
  readonly findings: Finding[] = []
  versions = 0
  values = 0
  readonly #contract: AnyContract
  readonly #lock: ContractLock
  /** Whether another application writes its events, and decides its commands. */
  readonly #isFollowed: boolean
  readonly #trials: readonly MachineTrial[]
  readonly #options: Required<CheckOptions>

  constructor(
    contract: AnyContract,
    actor: AnyActor | undefined,
    projections: readonly FoldedProjection[],
    lock: ContractLock,
    options: Required<CheckOptions>,
  ) {
    this.#contract = contract
    this.#lock = lock
    this.#isFollowed = actor === undefined
    this.#options = options
    this.#trials = trialsOf(contract, actor, projections, options.values)
  }

  run(): void {
    this.#kind("event", this.#lock.events)
    if (!this.#isFollowed) this.#kind("command", this.#lock.commands)
  }

  #kind(kind: Kind, locked: LockedMessages): void {
    for (const [type, message] of Object.entries(locked)) {
      const isBack = kind === "event" && this.#contract.codec.evolution.versions(type) > 0
      if (message.retired !== undefined && !isBack) continue
      if (this.#isGone(kind, type, message)) continue
      message.versions.forEach(({ shapes }, at) => {
        for (const shape of shapes) this.#backward(kind, type, at + 1, shape)
      })
      if (kind === "event") this.#steps(type, message)
    }
    // Nothing is written here for others to read.
    if (this.#isFollowed) return
    for (const type of Object.keys(this.#contract.codec.schemas(kind))) {
      const hints = this.#hints(kind, type, locked[type]?.versions.at(-1)?.shapes ?? [])
      const given = { contract: this.#contract, kind, type, locked: locked[type], hints }
      const { values: count, seed } = this.#options
      this.findings.push(...forward({ ...given, count: Math.ceil(count / 4), seed }))
    }
  }

  /** Whether a locked message has no place in today's contract; says so. */
  #isGone(kind: Kind, type: string, { versions }: LockedMessage): boolean {
    const { name, codec } = this.#contract
    const subject = `${name} ${type}`
    if (kind === "command") {
      if (Object.hasOwn(codec.schemas("command"), type)) return false
      this.findings.push({
        severity: "breaks",
        direction: "back",
        subject,
        message: "this command was released, and the contract no longer has it: callers of the " +
          "last release, and timers that are set, still send it",
        advice: "keep it until nothing sends it; then: leftfold schema lock --retire " +
          `${name}.${type}`,
      })
      return true
    }
    const known = codec.evolution.versions(type)
    if (known >= versions.length) return false
    this.findings.push({
      severity: "breaks",
      direction: "back",
      subject,
      message: known === 0 && this.#isFollowed
        ? "this event was in the followed contract, and the contract no longer knows it: the " +
          "other application's log still has it, and nothing here can read it"
        : known === 0
        ? "this event was released, and the contract no longer knows it: no actor that has it " +
          "can be read"
        : `${versions.length} versions were released, and the contract knows ${known}: what has ` +
          "been said of them must stay",
      advice: this.#isFollowed
        ? `ask the owners of ${this.#contract.name} for a contract that can read all of its log`
        : known === 0
        ? `say what it became: upcasts: { ${type}: [{ becomes: "…" }] }. If leftfold schema ` +
          `check --log finds none: leftfold schema lock --retire ${name}.${type}`
        : `restore the upcasts of ${type}, and add to them`,
    })
    return true
  }

  #hints(kind: Kind, type: string, shapes: readonly Shape[]): Hints {
    const schema = this.#contract.codec.schemas(kind)[type]
    const today = schema && persist(typeSchema(schema))
    const descriptions: Json[] = today && "schema" in today ? [today.schema] : []
    for (const { schema } of shapes) if (schema !== undefined) descriptions.push(schema)
    return hintsOf(descriptions)
  }

  #backward(kind: Kind, type: string, version: number, shape: Shape): void {
    const { values: count, seed } = this.#options
    const hints = this.#hints(kind, type, [shape])
    const isChanged = !isSameShape(shape, this.#shapeToday(kind, type)) ||
      kind === "event" && this.#contract.codec.evolution.current(type) !== version
    const given = { contract: this.#contract, kind, type, version, shape, hints, count, seed }
    const trials = kind === "event" ? this.#trials : []
    this.versions++
    const { findings, tried } = backward({ ...given, isChanged, trials })
    this.values += tried
    this.findings.push(...findings)
  }

  #shapeToday(kind: Kind, type: string): Shape | undefined {
    if (!Object.hasOwn(this.#contract.codec.schemas(kind), type)) return undefined
    return shapeToday(this.#contract, kind, type)
  }

  /** Whether steps always give the same, and those that were released what they gave. */
  #steps(type: string, { versions }: LockedMessage): void {
    const current = this.#contract.codec.evolution.current(type) ?? Infinity
    versions.forEach((version, at) => {
      if (at + 1 >= current || version.shapes.length === 0) return
      const subject = `${this.#contract.name} ${type} v${at + 1}`
      const broken = this.#stepProblem(type, at + 1, version)
      if (broken === undefined) return
      const advice = version.became === undefined
        ? "let it use nothing but the fields that it is given: no clock, no random numbers"
        : "what was released cannot be altered: restore the upcast, and add another step if the " +
          "events mean something else"
      const finding = { severity: "breaks", direction: "back", subject, advice } as const
      this.findings.push({ ...finding, message: broken })
    })
  }

  #stepProblem(
    type: string,
    at: number,
    version: LockedMessage["versions"][number],
  ): string | undefined {
    try {
      const [first, second] = [1, 2].map(() => becameOf(this.#contract, type, at, version))
      if (first !== second) return "its upcast gives another result each time it is called"
      if (version.became === undefined || first === version.became) return undefined
      return "its upcast gives another result for the golden values than when it was released"
    } catch (error) {
      // A step that was not released yet is found by reading, with its smallest value.
      if (version.became === undefined) return undefined
      return `its upcast fails for a golden value, or changes it: ${messageOf(error)}`
    }
  }
}

const goneContracts = (app: AppDefinition, locks: LockFolder["contracts"]): Finding[] => {
  const known = new Set([...app.actors.map(({ contract }) => contract), ...app.follows]
    .flatMap(({ name, was = name }) => [name, was]))
  return [...locks.keys()].filter((name) => !known.has(name)).map((subject) => ({
    severity: "breaks",
    direction: "back",
    subject,
    message: "this contract was released, and no actor of the application has it",
    advice: "an actor keeps its name: restore it. If it has another one now, say so in its " +
      `contract (was: "${subject}") and move its events: leftfold move. If its events are gone ` +
      "for good, delete its lock file",
  }))
}

const gonePolicies = (app: AppDefinition, { policies }: PolicyLock): Finding[] => {
  const known = new Set(app.policies.map(({ identity }) => identity))
  return policies.filter((name) => !known.has(name)).map((subject) => ({
    severity: "breaks",
    direction: "back",
    subject,
    message: "this policy was released, and the application no longer has it: under another name " +
      "it would handle every event of the past again",
    advice: `if it was renamed: was: "${subject}". If it is gone: leftfold schema lock --retire ` +
      subject,
  }))
}

const unlockedOf = (
  contract: AnyContract,
  actor: AnyActor | undefined,
  lock: ContractLock,
): readonly string[] => {
  try {
    return (actor ? lockContract(contract, lock) : lockFollowed(contract, lock)).added
  } catch (error) {
    return [`${contract.name}: it cannot be locked: ${messageOf(error)}`]
  }
}

/** Checks an application. Throws for a schema that no values can be generated for. */
export const checkSchemas = (
  app: AppDefinition,
  { contracts, policies, behaviour }: LockFolder,
  options: CheckOptions = {},
): SchemaReport => {
  const all = { ...DEFAULTS, ...options }
  const findings = [...goneContracts(app, contracts), ...gonePolicies(app, policies)]
  const unlocked: string[] = []
  let [versions, values] = [0, 0]
  const folded = app.projections.filter((each): each is FoldedProjection => !isRaw(each))
  const read = [
    ...app.actors.map((actor) => ({ contract: actor.contract, actor })),
    ...app.follows.map((contract) => ({ contract, actor: undefined })),
  ]
  for (const { contract, actor } of read) {
    const own = contracts.get(contract.name)
    if (!own) unlocked.push(contract.name)
    // What was released under its old name is read under the new one.
    const lock = own ?? contracts.get(contract.was ?? "")
    if (!lock) continue
    const views = folded.filter((each) => contextsOf(each).includes(contract.context))
    const check = new ContractCheck(contract, actor, views, lock, all)
    check.run()
    findings.push(...check.findings)
    versions += check.versions
    values += check.values
    if (own) unlocked.push(...unlockedOf(contract, actor, lock))
  }
  for (const each of stampedOf(app)) {
    const known = behaviour.machines[each.machine.name]
    findings.push(...compare(each, contracts, known), ...overlooked(each, contracts, known))
  }
  for (const { identity } of app.policies) {
    if (!policies.policies.includes(identity)) unlocked.push(`the policy ${identity}`)
  }
  return { findings, unlocked, versions, values }
}
