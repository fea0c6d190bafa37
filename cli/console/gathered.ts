/** The statistics of all instances of the services of an application. */
import { ALL_SERVICES, decode, encode, isMap, type Wire } from "../../wire/internal.ts"
import { isFailure } from "../../contracts/internal.ts"
import { READ } from "./limits.ts"

/** What one kind of actor, view or query has answered since its instances started. */
export interface Answered {
  readonly requests: number
  readonly errors: number
  /** The time from taking requests to answering them, in milliseconds. */
  readonly ms: number
}

/** Adds up the endpoints of one answer. */
const addUp = (payload: Uint8Array, sums: Map<string, Answered>): void => {
  let answer: unknown
  try {
    answer = decode("json", payload)
  } catch (error) {
    // Another service of the same servers can answer anything.
    if (isFailure(error)) return
    throw error
  }
  if (!isMap(answer) || !Array.isArray(answer.endpoints)) return
  const service = String(answer.name)
  for (const endpoint of answer.endpoints) {
    if (!isMap(endpoint)) continue
    const { name, num_requests, num_errors, processing_time } = endpoint
    const numbers = [num_requests, num_errors, processing_time].map(Number)
    if (typeof name !== "string" || !numbers.every(Number.isFinite)) continue
    const [requests = 0, errors = 0, nanoseconds = 0] = numbers
    const full = `${service}.${name}`
    const before = sums.get(full) ?? { requests: 0, errors: 0, ms: 0 }
    sums.set(full, {
      requests: before.requests + requests,
      errors: before.errors + errors,
      ms: before.ms + nanoseconds / 1e6,
    })
  }
}

/** Asks all instances, and adds up what answers in time, by `<service>.<endpoint>`. */
export const gatherStatistics = (wire: Wire): Promise<ReadonlyMap<string, Answered>> =>
  new Promise((resolve) => {
    const sums = new Map<string, Answered>()
    let instances = 0
    const inbox = wire.inbox()
    const serving = wire.serve(inbox, ({ payload }) => {
      if (instances++ < READ.instances) addUp(payload, sums)
    })
    wire.publish(ALL_SERVICES.replace(">", "STATS"), encode("json", {}), inbox)
    setTimeout(() => {
      serving.close()
      resolve(sums)
    }, READ.gatherMs)
  })
