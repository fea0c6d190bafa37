/** The ids of the actors of one contract, as the stream of their context lists them. */
import {
  decodeOwn,
  encode,
  isMap,
  jetStream,
  logsSubject,
  NO_HEADERS,
  parseLogSubject,
  requestOf,
  SLICES,
  streamName,
  type Wire,
} from "../../wire/internal.ts"
import { type AnyContract, Unavailable } from "../../contracts/internal.ts"
import { IDS } from "./limits.ts"

/** An actor, and how many commits it has. */
export interface ActorId {
  readonly id: string
  readonly commits: number
}

/** A kind of actor, of which nothing but the name need be known. */
type NamedActor = Pick<AnyContract, "context" | "name">

/** One page of the subjects of a slice. */
const pageOf = async (
  wire: Wire,
  { context, name }: NamedActor,
  slice: number,
  offset: number,
): Promise<
  { readonly ids: readonly ActorId[]; readonly subjects: number; readonly of: number }
> => {
  const subject = jetStream.streamInfo(streamName(context))
  const filter = wire.names.subject(logsSubject(name).replace(/>$/, `${slice}.*`))
  const request = encode("json", { subjects_filter: filter, offset })
  const reply = await requestOf(wire, subject, request, NO_HEADERS, IDS.timeoutMs)
  if (reply.type !== "reply") {
    throw new Unavailable({ message: `the log of ${context} cannot be listed: ${reply.type}` })
  }
  const answer = decodeOwn("json", reply.payload)
  const { error, state, total } = isMap(answer) ? answer : {}
  if (isMap(error)) {
    const why = String(error.description)
    throw new Unavailable({ message: `the log of ${context} cannot be listed: ${why}` })
  }
  const subjects = isMap(state) && isMap(state.subjects) ? Object.entries(state.subjects) : []
  const ids = subjects.flatMap(([subject, commits]) => {
    const { name: own, id } = parseLogSubject(wire.names.logical(subject))
    return own === name ? [{ id, commits: Number(commits) }] : []
  })
  return { ids, subjects: subjects.length, of: Number(total ?? subjects.length) }
}

async function* ofSlice(
  wire: Wire,
  contract: NamedActor,
  slice: number,
): AsyncGenerator<readonly ActorId[]> {
  for (let offset = 0;;) {
    const { ids, subjects, of } = await pageOf(wire, contract, slice, offset)
    yield ids
    offset += subjects
    if (subjects === 0 || offset >= of) return
  }
}

/** Lists all actors of a contract, slice by slice. Rejects with `Unavailable`. */
export async function* actorIds(
  wire: Wire,
  contract: NamedActor,
): AsyncGenerator<readonly ActorId[]> {
  for (let first = 0; first < SLICES; first += IDS.slices) {
    const slices = Array.from(
      { length: Math.min(IDS.slices, SLICES - first) },
      (_, each) => first + each,
    )
    const found = await Promise.all(slices.map(async (slice) => {
      const pages: ActorId[] = []
      for await (const page of ofSlice(wire, contract, slice)) pages.push(...page)
      return pages
    }))
    for (const page of found) yield page
  }
}
