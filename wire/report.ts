/** How plain code writes to the log: through Effect's logger, so that one place configures it. */
import { Effect } from "effect"

const textOf = (cause: unknown): string =>
  cause instanceof Error ? cause.stack ?? cause.message : String(cause)

/** Something is wrong and a person should know. */
export const reportError = (message: string, cause?: unknown): void =>
  Effect.runSync(Effect.logError(cause === undefined ? message : `${message}\n${textOf(cause)}`))

/** Something is unusual, and the system copes. */
export const reportWarning = (message: string): void => Effect.runSync(Effect.logWarning(message))

/** Something worth knowing. */
export const reportInfo = (message: string): void => Effect.runSync(Effect.logInfo(message))

/** Calls back, and reports what is thrown: whoever calls back has nowhere to throw it to. */
export const callBack = <T>(callback: (value: T) => void, value: T, what: string): void => {
  try {
    callback(value)
  } catch (error) {
    reportError(`${what} failed`, error)
  }
}
