/** Command ids: those of callers and those of policies, in spaces that have none in common. */
import { digest } from "../contracts/internal.ts"
import { TOKEN_CHARACTERS } from "./limits.ts"

/**
 * How the ids of policies and timers begin: `<context>.<policy>/`. They are made from the position
 * of an event, which anybody can know; so no caller may have one of this form.
 */
const OF_POLICY = /^[a-z][a-z0-9-]{0,63}\.[a-z][a-z0-9-]{0,63}\//

const ESCAPE = "~"

/** No other id that is escaped has this in front. */
const HASHED = "~#"

/** Whether this has the form that only ids of policies and timers have. */
export const isPolicyCommandId = (id: string): boolean => id.includes("/") && OF_POLICY.test(id)

/**
 * The id under which a caller's command is known: the caller's own, unless it looks like one of a
 * policy. Such an id gets a `~` in front, and so does one that has it already, so that two ids
 * never become one.
 */
export const callersCommandId = (id: string): string => {
  if (!id.startsWith(ESCAPE) && !isPolicyCommandId(id)) return id
  return id.length < TOKEN_CHARACTERS ? ESCAPE + id : HASHED + digest(id)
}
