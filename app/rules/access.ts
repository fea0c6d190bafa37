/** Access by rules: asks the rules of an application, and refuses what none of them allows. */
import { didYouMean, Forbidden, NotFound, Unauthenticated } from "../../contracts/internal.ts"
import {
  type Access,
  type Incoming,
  isSystem,
  type PrincipalSeals,
  type RowsSeen,
  type User,
  userOfMessage,
} from "../../wire/internal.ts"
import { anybody, nobody, type PartRules } from "./rules.ts"

/** What access by rules needs. */
export interface AccessOptions {
  readonly rules: readonly PartRules[]
  readonly seals: PrincipalSeals
  /** The user that everybody is who does not say; only in development. */
  readonly developmentUser?: User | undefined
}

type Asked = (asking: object, input: object) => unknown

const shown = (value: unknown): string =>
  value instanceof Promise ? "a promise" : value === null ? "null" : `a ${typeof value}`

/** The values that columns must have. Throws for a result that names none. */
const columnsOf = (what: string, result: unknown): RowsSeen => {
  const isPlain = typeof result === "object" && result !== null &&
    Object.getPrototypeOf(result) === Object.prototype
  if (!isPlain || Object.keys(result).length === 0) {
    throw new TypeError(
      `the rule for ${what} gave ${shown(result)}: return true, false, or columns and values`,
    )
  }
  const columns = result as { readonly [column: string]: unknown }
  for (const [column, value] of Object.entries(columns)) {
    if (value !== undefined && value !== null) continue
    throw new Forbidden({ message: `${what}: its rule knows no ${column} for this user` })
  }
  return columns
}

/** The refusal of what nobody may use: as if it did not exist. */
const untold = (what: string): NotFound => new NotFound({ message: `there is no ${what} here` })

type Rule = PartRules["rules"][string]

/** What has no rule is for nobody. */
const ruleIn = (rules: PartRules["rules"] | undefined, type: string): Rule =>
  rules && Object.hasOwn(rules, type) ? rules[type]! : nobody

/** For whom each part is, as far as rules say so without a request. */
export const audienceBy = (rules: readonly PartRules[]) => {
  const all = new Map(rules.map((each) => [each.name, each.rules]))
  return (name: string, what: string): "anybody" | "users" | "nobody" => {
    const rule = ruleIn(all.get(name), what)
    if (rule === anybody) return "anybody"
    return rule === nobody ? "nobody" : "users"
  }
}

/** The names in the rules of an actor that are those of no command. */
const READS: readonly string[] = ["state", "history"]

/** Asks the rules of an application. */
export class RuledAccess implements Access {
  readonly #options: AccessOptions
  readonly #rules: ReadonlyMap<string, PartRules["rules"]>

  constructor(options: AccessOptions) {
    this.#options = options
    this.#rules = new Map(options.rules.map(({ name, rules }) => [name, rules]))
  }

  userOf(message: Incoming): User | undefined {
    const { seals, developmentUser } = this.#options
    return userOfMessage(seals, message) ?? developmentUser
  }

  isTold(name: string, what: string): boolean {
    return this.#ruleOf(name, what) !== nobody
  }

  checkCommand(name: string, type: string, user: User | undefined): void {
    if (this.#ruleOf(name, type) !== nobody && !READS.includes(type) || user && isSystem(user)) {
      return
    }
    const rules = this.#rules.get(name) ?? {}
    const told = Object.keys(rules).filter((each) =>
      !READS.includes(each) && rules[each] !== nobody
    )
    const meant = didYouMean(type, told) || `; it has: ${told.join(", ") || "none"}`
    throw new NotFound({ message: `${name} has no command ${type.slice(0, 100)}${meant}` })
  }

  checkActor(
    { name, id, type, data }: Parameters<Access["checkActor"]>[0],
    user: User | undefined,
  ): void {
    const what = `${name} ${type}`
    if (this.#ask(what, this.#ruleOf(name, type), user, { id, user }, data)) return
    throw this.#refused(what)
  }

  checkTold(name: string, user: User | undefined): void {
    if (this.#ruleOf(name, "rule") === nobody && !(user && isSystem(user))) throw untold(name)
  }

  rowsOf(name: string, user: User | undefined, asked = name): RowsSeen {
    const rule = this.#ruleOf(name, "rule")
    const answer = this.#ask(asked, rule, user, { user }, {}, columnsOf)
    if (answer === true) return "all"
    if (answer === false) throw this.#refused(asked)
    return answer
  }

  checkQuery(name: string, params: object, user: User | undefined): void {
    if (this.#ask(name, this.#ruleOf(name, "rule"), user, { user }, params)) return
    throw this.#refused(name)
  }

  #ruleOf(name: string, type: string): Rule {
    return ruleIn(this.#rules.get(name), type)
  }

  /** Whether a rule admits this user, or what `other` makes of another answer of the rule. */
  #ask<T = never>(
    what: string,
    rule: Rule,
    user: User | undefined,
    asking: object,
    input: object,
    other?: (what: string, result: unknown) => T,
  ): boolean | T {
    if (rule === anybody || user && isSystem(user)) return true
    if (rule === nobody) throw untold(what)
    if (!user) {
      throw new Unauthenticated({ message: `${what} is not for everybody: say who you are` })
    }
    const result = (rule as Asked)(asking, input)
    if (typeof result === "boolean") return result
    // Nobody awaits it, and a rejection that nobody handles ends the process.
    if (result instanceof Promise) result.catch(() => {})
    if (other) return other(what, result)
    throw new TypeError(`the rule for ${what} gave ${shown(result)}: return true or false`)
  }

  #refused(what: string): Forbidden {
    return new Forbidden({ message: `no rule allows ${what} to this user` })
  }
}
