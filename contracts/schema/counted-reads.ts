/** Counts the reads of a value, and stops a reader that reads too much of it. */

/** A reader has read more of a value than it may. */
export class TooManyReads extends Error {}

/** Whether this is an object or an array of plain data, so that a proxy can stand for it. */
const isPlain = (value: unknown): value is object => {
  if (typeof value !== "object" || value === null) return false
  return Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype
}

/**
 * A read-only view of a value, for one reader. After `most` reads of properties, including those of
 * nested values, each further read throws `TooManyReads`.
 */
export const countedReads = <T>(value: T, most: number): T => {
  let left = most
  const count = () => {
    if (--left < 0) throw new TooManyReads(`more than ${most} reads`)
  }
  const shown = new WeakMap<object, object>()
  const wrap = (original: unknown): unknown => {
    if (!isPlain(original)) return original
    const known = shown.get(original)
    if (known) return known
    // The original cannot be the target: a proxy must show its target's frozen properties as is.
    const proxy = new Proxy(Array.isArray(original) ? [] : {}, {
      get: (_, key) => {
        count()
        return wrap(Reflect.get(original, key))
      },
      has: (_, key) => {
        count()
        return Reflect.has(original, key)
      },
      ownKeys: () => {
        count()
        return Reflect.ownKeys(original)
      },
      getOwnPropertyDescriptor: (target, key) => {
        count()
        const found = Reflect.getOwnPropertyDescriptor(original, key)
        if (!found || Object.hasOwn(target, key)) return found
        return { ...found, value: wrap(found.value), configurable: true }
      },
      set: () => false,
      defineProperty: () => false,
      deleteProperty: () => false,
    })
    shown.set(original, proxy)
    return proxy
  }
  return wrap(value) as T
}
