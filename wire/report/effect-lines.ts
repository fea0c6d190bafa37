/** Lets the lines of this process go through Effect's logger. Loading this file is enough. */
import { Effect } from "effect"
import { logThrough, withFields } from "../report.ts"

logThrough({
  error: (line, fields) => Effect.runSync(Effect.logError(withFields(line, fields))),
  warning: (line, fields) => Effect.runSync(Effect.logWarning(withFields(line, fields))),
  info: (line, fields) => Effect.runSync(Effect.logInfo(withFields(line, fields))),
})
