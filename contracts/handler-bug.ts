/** A bug of a handler, said by the name of the handler. */

/** A handler returns what it must not, or changes what it was given. */
export class HandlerBug extends TypeError {
  override readonly name = "HandlerBug"
}

/** How the engine, or a frozen date, says that a frozen value was to be changed. */
const CHANGED = /read only property|not extensible|^Cannot (delete|redefine) property|of a frozen /

/** The error that a handler has thrown, said more clearly if it changed what it was given. */
export const explained = (error: unknown, handler: string): unknown => {
  if (!(error instanceof TypeError) || !CHANGED.test(error.message)) return error
  const message = `${handler} changes a value that it shares with others (${error.message}): ` +
    "states, rows and messages are frozen, so return a new value, such as { ...state, open: true }"
  return new HandlerBug(message, { cause: error })
}

/** Throws `HandlerBug` for a promise where the value itself is needed. */
export const checkNow = (value: unknown, handler: string): void => {
  if (typeof value !== "object" || value === null || !("then" in value)) return
  if (typeof value.then !== "function") return
  // Its rejection would end the process if nobody listened.
  void Promise.resolve(value as unknown).catch(() => undefined)
  throw new HandlerBug(`${handler} is asynchronous: it must return at once; a policy can wait`)
}
