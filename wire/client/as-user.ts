/** A wire on which commands and questions are sent as a user of NATS, to be known by its name. */
import { sentAs, sharedSubject } from "../address.ts"
import type { Wire } from "../wire.ts"

/**
 * The same wire for this user: what it asks goes to a gateway, which seals who asks. A node is not
 * chosen by the sender then.
 */
export const asUser = (wire: Wire, user: string): Wire => ({
  names: wire.names,
  request: (subject, payload, headers, timeoutMs, done) => {
    const shared = sharedSubject(subject)
    const sent = shared === undefined ? subject : sentAs(user, shared)
    wire.request(sent, payload, headers, timeoutMs, done)
  },
  publish: (subject, payload, reply) => wire.publish(subject, payload, reply),
  serve: (subject, handler, queue) => wire.serve(subject, handler, queue),
  inbox: () => wire.inbox(),
  connected: () => wire.connected(),
  closed: () => wire.closed(),
  refusedReplies: () => wire.refusedReplies(),
  maxPayload: () => wire.maxPayload(),
  onStatus: (listener) => wire.onStatus(listener),
  close: () => wire.close(),
})
