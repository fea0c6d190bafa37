/** Lets the lines of this process go through Effect's logger. Loading this file is enough. */
import { Effect } from "effect"
import { logThrough } from "../report.ts"

logThrough({
  error: (line) => Effect.runSync(Effect.logError(line)),
  warning: (line) => Effect.runSync(Effect.logWarning(line)),
  info: (line) => Effect.runSync(Effect.logInfo(line)),
})
