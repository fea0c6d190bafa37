/** Command ids. Those of callers and those of policies never overlap. */
import { digest } from "../contracts/plain.ts"
import { TOKEN_CHARACTERS } from "./limits.ts"

/**
 * The beginning of the ids of policies and timers: `<context>.<policy>/`. They are derived from the
 * position of an event, which anybody can know. So no caller's id may have this form.
 */
const OF_POLICY = /^[a-z][a-z0-9-]{0,63}\.[a-z][a-z0-9-]{0,63}\//

const ESCAPE = "~"

/** The start of a hashed id. No other escaped id starts like this. */
const HASHED = "~#"

/** Whether an id has the form that is reserved for policies and timers. */
export const isPolicyCommandId = (id: string): boolean => id.includes("/") && OF_POLICY.test(id)

/**
 * The id under which a caller's command is stored: the caller's own, unless it has the form of a
 * policy's. Such an id gets a `~` in front. So does an id that starts with `~`, so that two ids
 * never become the same.
 */
export const callersCommandId = (id: string): string => {
  if (!id.startsWith(ESCAPE) && !isPolicyCommandId(id)) return id
  return id.length < TOKEN_CHARACTERS ? ESCAPE + id : HASHED + digest(id)
}
