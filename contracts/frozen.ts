/** Freezes the values that handlers are given, so that a handler that changes one of them fails. */

type Method = (...given: readonly unknown[]) => unknown

/** A prototype that refuses some methods of another one. */
const refusing = (prototype: object, kind: string, methods: readonly string[]): object => {
  const refusals = methods.map((name) => {
    const value: Method = () => {
      throw new TypeError(`Cannot call ${name} of a frozen ${kind}`)
    }
    return [name, { value }] as const
  })
  return Object.create(prototype, Object.fromEntries(refusals))
}

const SETTERS = Object.getOwnPropertyNames(Date.prototype).filter((name) => name.startsWith("set"))

/**
 * For each prototype whose objects change although they are frozen: the one that they get instead.
 * Methods of their own would cost fifty times as much.
 */
const LOCKED = new Map<object, object>([
  [Date.prototype, refusing(Date.prototype, "Date", SETTERS)],
  [Map.prototype, refusing(Map.prototype, "Map", ["set", "delete", "clear"])],
  [Set.prototype, refusing(Set.prototype, "Set", ["add", "delete", "clear"])],
])

/** Whether objects with this prototype keep things for later in themselves, as those of Effect. */
const keepsThings = (prototype: object | null): boolean => {
  for (let each = prototype; each !== null; each = Object.getPrototypeOf(each)) {
    const marks = Reflect.ownKeys(each).map(String).filter((name) => name.startsWith("~effect/"))
    if (marks.some((name) => !name.startsWith("~effect/Schema/Class/"))) return true
    if (each === RegExp.prototype || each === Promise.prototype) return true
  }
  return false
}

const foreign = new WeakMap<object, boolean>()

const isLeftAlone = (prototype: object): boolean => {
  const known = foreign.get(prototype)
  if (known !== undefined) return known
  const found = keepsThings(prototype)
  foreign.set(prototype, found)
  return found
}

/** Whether an object is of another library, such as Effect, which keeps it from being changed. */
export const isForeign = (value: object): boolean => {
  const prototype = Object.getPrototypeOf(value) as object | null
  return prototype !== null && isLeftAlone(prototype)
}

/** Freezes a value; `locks` says whether dates, maps and sets are frozen too. */
const freeze = (value: unknown, locks: boolean, through: Set<unknown> | undefined): void => {
  if (typeof value !== "object" || value === null) return
  if (through ? through.has(value) : Object.isFrozen(value)) return
  through?.add(value)
  if (Array.isArray(value)) {
    Object.freeze(value)
    for (let index = 0; index < value.length; index++) freeze(value[index], locks, through)
    return
  }
  const prototype = Object.getPrototypeOf(value) as object | null
  if (prototype !== Object.prototype && prototype !== null) {
    // The bytes of an array cannot be frozen.
    if (ArrayBuffer.isView(value) || isLeftAlone(prototype)) return
    if (value instanceof Date || value instanceof Map || value instanceof Set) {
      if (locks) lock(value, prototype, through)
      return
    }
  }
  Object.freeze(value)
  for (const name in value) {
    freeze((value as { readonly [name: string]: unknown })[name], locks, through)
  }
}

const lock = (
  value: Date | Map<unknown, unknown> | Set<unknown>,
  prototype: object,
  through: Set<unknown> | undefined,
): void => {
  const locked = LOCKED.get(prototype)
  if (locked && Object.isExtensible(value)) Object.setPrototypeOf(value, locked)
  Object.freeze(value)
  if (value instanceof Map) {
    for (const key of value.keys()) freeze(key, true, through)
  }
  if (value instanceof Date) return
  for (const each of value.values()) freeze(each, true, through)
}

/** The same value, frozen with all its parts. What is frozen already is not looked into. */
export const frozen = <T>(value: T): T => {
  freeze(value, true, undefined)
  return value
}

/**
 * As `frozen`, except for dates, maps and sets. For a value that nobody else has: changing these
 * in it does no harm.
 */
export const frozenLightly = <T>(value: T): T => {
  freeze(value, false, undefined)
  return value
}

/** As `frozen`, but also looks into what somebody else froze, whose parts may not be frozen. */
export const frozenThrough = <T>(value: T): T => {
  freeze(value, true, new Set())
  return value
}

/**
 * The same value with bytes of its own, frozen, because the bytes of an array cannot be frozen. The
 * value itself if it has no bytes. Maps, sets and values of Effect are not looked into.
 */
export const withOwnBytes = <T>(value: T): T => frozen(ownBytes(value) as T)

const ownBytes = (value: unknown): unknown => {
  if (typeof value !== "object" || value === null) return value
  if (value instanceof Uint8Array) return value.slice()
  if (value instanceof Date || value instanceof Map || value instanceof Set) return value
  const prototype = Object.getPrototypeOf(value) as object | null
  if (prototype !== null && isLeftAlone(prototype)) return value
  const parts = Object.entries(value)
  const own = parts.map(([name, each]) => [name, ownBytes(each)] as const)
  if (own.every(([, each], index) => each === parts[index]![1])) return value
  const copy = Array.isArray(value) ? [] : Object.create(prototype)
  return Object.assign(copy, Object.fromEntries(own))
}

/** A copy that can be compared with a value that was never frozen. */
export const thawed = (value: unknown): unknown => {
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return value
  if (Array.isArray(value)) return value.map(thawed)
  const prototype = Object.getPrototypeOf(value) as object | null
  const original = [...LOCKED].find(([, locked]) => locked === prototype)?.[0] ?? prototype
  if (original === Date.prototype) return new Date((value as Date).getTime())
  if (original === Map.prototype) {
    return new Map([...value as Map<unknown, unknown>].map(([k, v]) => [thawed(k), thawed(v)]))
  }
  if (original === Set.prototype) return new Set([...value as Set<unknown>].map(thawed))
  if (prototype !== null && isLeftAlone(prototype)) return value
  const copy = Object.create(prototype)
  for (const [name, each] of Object.entries(value)) copy[name] = thawed(each)
  return copy
}

/** The time at which a test runs unless it sets another, in milliseconds since 1970. */
export const NOON = Date.parse("2026-01-01T12:00:00Z")
