/** The marks of a move: one ends the old log of each actor, and one says that all were moved. */
import type { Journal } from "../../actors/internal.ts"
import { type AnyContract, contextOf, Unavailable } from "../../contracts/internal.ts"
import {
  decodeOwn,
  encode,
  isMap,
  jetStream,
  JETSTREAM_ERROR,
  logsSubject,
  type NatsWire,
  NO_HEADERS,
  requestOf,
  type StoredCommit,
  streamName,
} from "../../wire/internal.ts"
import { StartProblem } from "../start-problem.ts"
import { MOVE } from "./limits.ts"

/** A contract that had another name. */
export type MovedContract = AnyContract & { readonly was: string }

/** The id in the old log under which it is written that all actors were moved. */
export const MARK_ID = "leftfold-moved"

/** The event that no code knows, so no release decides for an actor behind it. */
const MARK = "LeftfoldMoved"

/** What ends the old log of an actor, behind its last commit. */
export const markOf = (
  { name }: AnyContract,
  last: StoredCommit | undefined,
): Pick<StoredCommit, "base" | "events"> => ({
  base: last ? last.base + last.events.length : 0,
  events: [{ type: MARK, schema: 1, data: { to: name }, command: MARK_ID, time: Date.now() }],
})

/** Where an actor was moved to, if this commit says so. */
export const isMark = ({ events }: StoredCommit): string | undefined => {
  const [event] = events
  if (event?.type !== MARK || event.command !== MARK_ID || !isMap(event.data)) return undefined
  return String(event.data.to)
}

/** Whether a log has any message of this kind of actor. */
const hasAny = async (wire: NatsWire, name: string): Promise<boolean> => {
  const query = encode("json", { last_by_subj: wire.names.subject(logsSubject(name)) })
  const subject = jetStream.leaderGet(streamName(contextOf(name)))
  const reply = await requestOf(wire, subject, query, NO_HEADERS, MOVE.timeoutMs)
  if (reply.type !== "reply") {
    throw new Unavailable({ message: `the log of ${name} cannot be read: ${reply.type}` })
  }
  const answer = decodeOwn("json", reply.payload)
  const { error } = isMap(answer) ? answer : {}
  const nothing: readonly unknown[] = [JETSTREAM_ERROR.noStream, JETSTREAM_ERROR.noMessage]
  return !(isMap(error) && nothing.includes(error.err_code))
}

/** Rejects with a `StartProblem` while events under an old name wait to be moved. */
export const checkMoved = async (
  wire: NatsWire,
  journal: Journal,
  contracts: readonly AnyContract[],
): Promise<void> => {
  for (const { name, was } of contracts) {
    if (was === undefined || !await hasAny(wire, was)) continue
    if (await journal.tail(was, MARK_ID, { fresh: true })) continue
    throw new StartProblem(
      `${name} was called ${was}, whose events are not moved yet: run leftfold move ${name} ` +
        "first, or its actors would begin without a past",
    )
  }
}
