/** The guard: runs handlers, names those that fail, and finds those that are not pure. */
import { Broken } from "./broken.ts"
import { messageOf } from "../../contracts/internal.ts"

/** The handler that runs now; while one runs, clocks and random numbers are out of reach. */
let running: { readonly what: string; readonly part: string; readonly type: string } | undefined

/** What JavaScript says when something frozen is changed, on V8. */
const CHANGES = /read only property|not extensible|Cannot (?:delete|define|redefine) property/

const nameOf = (): string => running ? `${running.what} of ${running.part}` : ""

const brokenBy = (error: unknown): Broken => {
  if (error instanceof Broken) return error
  const [where, type] = [nameOf(), running?.type ?? ""]
  const reason = messageOf(error)
  if (error instanceof TypeError && CHANGES.test(reason)) {
    const message = `${where} changes a value that it was given, at ${type} (${reason}): return ` +
      "a new value"
    return new Broken("pure", where, message, error)
  }
  return new Broken("works", where, `${where} fails at ${type}: ${reason}`, error)
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

const trap = (name: string): void => {
  if (!running) return
  const where = nameOf()
  const message = `${where} uses ${name} at ${running.type}: take time, ids and random numbers ` +
    "from what the handler is given"
  throw new Broken("pure", where, message)
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
