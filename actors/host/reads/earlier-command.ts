/** Finds a command of a policy in an actor's log, however long ago it was carried out. */
import { type StoredCommit, timeOfCommit } from "../../../wire/internal.ts"
import { EARLIER } from "../../limits.ts"
import type { Journal } from "../../journal/journal.ts"
import type { AcceptedCommand } from "../command.ts"
import { isForeign } from "../repeats/idempotency-window.ts"

/** The outcome of a command in this commit; undefined if it is not there. */
const outcomeIn = (commit: StoredCommit, commandId: string): AcceptedCommand | undefined => {
  const { events, base, sequence, skipped } = commit
  // What was imported was not carried out here, whatever id it has.
  if (skipped || isForeign(events[0])) return undefined
  const last = events.findLastIndex(({ command }) => command === commandId)
  if (last < 0) return undefined
  const first = events.findIndex(({ command }) => command === commandId)
  return { kind: "accepted", sequence, version: base + last + 1, events: last + 1 - first }
}

/**
 * The outcome of a command that was sent before, and may have been carried out at any time since
 * `since`, in milliseconds since 1970; undefined if nothing was. It goes back along the ancestors,
 * 32 commits at a time, so that a command that is sent again after days acts once. Rejects as the
 * journal does, and with what `check` throws, which is called before each read.
 */
export const earlierCommand = async (
  journal: Journal,
  { name, id, commandId, since, check = () => {} }: {
    readonly name: string
    readonly id: string
    readonly commandId: string
    readonly since: number
    readonly check?: () => void
  },
): Promise<AcceptedCommand | undefined> => {
  const tail = await journal.tail(name, id, { fresh: true })
  if (!tail) return undefined
  const oldestMs = since - EARLIER.clocksApartMs
  let commits: readonly StoredCommit[] = [tail]
  for (;;) {
    for (const commit of commits.toReversed()) {
      const outcome = outcomeIn(commit, commandId)
      if (outcome) return outcome
    }
    const [oldest] = commits
    if (!oldest || oldest.ancestors.length === 0 || isBefore(oldest, oldestMs)) return undefined
    check()
    commits = await journal.commits(name, oldest.ancestors)
  }
}

/** Whether a commit, and so all before it, is older. */
const isBefore = (commit: StoredCommit, timeMs: number): boolean => {
  const time = timeOfCommit(commit)
  return time > 0 && time < timeMs
}
