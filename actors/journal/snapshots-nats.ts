/** Snapshots in a JetStream stream that holds one message per actor. */
import {
  jetStream,
  NO_BYTES,
  NO_HEADERS,
  requestOf,
  snapshotStreamName,
  snapshotSubject,
  type Wire,
} from "../../wire/internal.ts"
import type { Snapshots } from "./snapshots.ts"
import { contextOf } from "../../contracts/internal.ts"
import { REQUESTS } from "../limits.ts"

/** Keeps snapshots over this wire. */
export const natsSnapshots = (wire: Wire): Snapshots => ({
  read: async (name, id) => {
    const stream = snapshotStreamName(contextOf(name))
    const subject = jetStream.directLast(stream, snapshotSubject(name, id))
    const reply = await requestOf(wire, subject, NO_BYTES, NO_HEADERS, REQUESTS.snapshotMs)
    // A failure here only means that more of the log is read.
    const found = reply.type === "reply" && reply.headers.Status === undefined
    return found ? reply.payload : undefined
  },
  maxBytes: () => wire.maxPayload(),
  write: (name, id, snapshot) => wire.publish(snapshotSubject(name, id), snapshot),
})
