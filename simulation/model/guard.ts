/** The guard: runs handlers, names those that fail, and finds those that are not pure. */
import process from "node:process"
import { Broken } from "./broken.ts"
import { HandlerBug, messageOf } from "../../contracts/internal.ts"

/** The handler that runs now; while one runs, clocks and random numbers are out of reach. */
let running: {
  readonly what: string
  readonly part: string
  readonly type: string
  /** Collects what it uses, if only its result says whether that is wrong. */
  readonly uses?: string[]
} | undefined

/** What JavaScript says when something frozen is changed, on V8. */
const CHANGES =
  /read only property|not extensible|Cannot (?:delete|define|redefine) property|of a frozen /

const nameOf = (): string => running ? `${running.what} of ${running.part}` : ""

const brokenBy = (thrown: unknown): Broken => {
  if (thrown instanceof Broken) return thrown
  const error = thrown instanceof HandlerBug && thrown.cause instanceof TypeError
    ? thrown.cause
    : thrown
  const [where, type] = [nameOf(), running?.type ?? ""]
  const reason = messageOf(error)
  if (error instanceof TypeError && CHANGES.test(reason)) {
    const message = `${where} changes a value that it was given, at ${type} (${reason}): return ` +
      "a new value"
    return new Broken("pure", where, message, error)
  }
  return new Broken("works", where, `${where} fails at ${type}: ${reason}`, error)
}

/** Runs what must look at no clock and no random number. Throws what it throws, and `Broken`. */
export const watched = <T>(what: string, part: string, type: string, work: () => T): T => {
  const before = running
  running = { what, part, type }
  try {
    return work()
  } finally {
    running = before
  }
}

/**
 * Runs a handler of a policy, which may be asynchronous and then do as it likes. Throws what it
 * throws. What returns at once must be pure, as `guarded` says.
 */
export const guardedIfSync = <T>(
  part: string,
  type: string,
  handler: () => T | Promise<T>,
): T | Promise<T> => {
  const policy: NonNullable<typeof running> = { what: "the handler", part, type, uses: [] }
  const before = running
  running = policy
  try {
    const got = handler()
    if (!(got instanceof Promise) && policy.uses?.[0]) throw impure(policy.uses[0])
    return got
  } finally {
    running = before
  }
}

/**
 * Runs a pure handler. Throws `Broken` when it fails, changes what it is given, or looks at a clock
 * or a random number.
 */
export const guarded = <T>(what: string, part: string, type: string, handler: () => T): T => {
  const before = running
  running = { what, part, type }
  try {
    return handler()
  } catch (error) {
    throw brokenBy(error)
  } finally {
    running = before
  }
}

/** What `guarded` throws when a handler fails that may use the network, such as a policy's. */
export const failureIn = (what: string, part: string, type: string, error: unknown): Broken => {
  const before = running
  running = { what, part, type }
  const broken = brokenBy(error)
  running = before
  return broken
}

const impure = (name: string): Broken => {
  const where = nameOf()
  const message = `${where} uses ${name} at ${running?.type}: take time, ids and random numbers ` +
    "from what the handler is given"
  return new Broken("pure", where, message)
}

const trap = (name: string): void => {
  if (!running) return
  if (!running.uses) throw impure(name)
  running.uses.push(name)
}

type Replaced = readonly [holder: object, name: string, value: unknown]

const trapped = <F extends (...args: never[]) => unknown>(name: string, of: F): F =>
  ((...args: never[]) => {
    trap(name)
    return of(...args)
  }) as F

/** The clocks and random numbers of the platform, behind traps. */
const traps = (): Replaced[] => {
  const { Date: SystemDate, Math: math, crypto, performance } = globalThis
  const { hrtime } = process
  const elapsed = trapped("process.hrtime", hrtime)
  const now = trapped("Date.now", SystemDate.now)
  const TrappedDate: DateConstructor = new Proxy(SystemDate, {
    construct(target, args, newTarget): object {
      if (args.length === 0) trap("new Date()")
      return Reflect.construct(target, args, newTarget === TrappedDate ? target : newTarget)
    },
    apply: (target) => {
      trap("Date()")
      return target()
    },
    get: (target, name) => name === "now" ? now : Reflect.get(target, name),
  })
  return [
    [globalThis, "Date", TrappedDate],
    [math, "random", trapped("Math.random", math.random)],
    [crypto, "randomUUID", trapped("crypto.randomUUID", crypto.randomUUID.bind(crypto))],
    [
      crypto,
      "getRandomValues",
      trapped("crypto.getRandomValues", crypto.getRandomValues.bind(crypto)),
    ],
    [
      process,
      "hrtime",
      Object.assign(elapsed, { bigint: trapped("process.hrtime", hrtime.bigint) }),
    ],
    [performance, "now", trapped("performance.now", performance.now.bind(performance))],
  ]
}

/** How many runs use the traps at the moment. */
let users = 0
let restore: () => void = () => {}

const set = (): void => {
  const before = traps().map(([holder, name, value]) => {
    const own = Object.getOwnPropertyDescriptor(holder, name)
    Object.defineProperty(holder, name, { value, configurable: true, writable: true })
    return () => {
      if (own) Object.defineProperty(holder, name, own)
      else Reflect.deleteProperty(holder, name)
    }
  })
  restore = () => before.forEach((undo) => undo())
}

/** Does some work while handlers cannot reach clocks and random numbers unseen. */
export const withTraps = async <T>(work: () => Promise<T>): Promise<T> => {
  if (users++ === 0) set()
  try {
    return await work()
  } finally {
    if (--users === 0) restore()
  }
}
