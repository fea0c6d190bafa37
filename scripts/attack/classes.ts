/** All classes of attacks, in the order in which they run. */
import type { AttackClass } from "./attack-case.ts"
import { contentTypes } from "./http/content-types.ts"
import { costs } from "./http/costs.ts"
import { crossSite } from "./http/cross-site.ts"
import { eventStreams } from "./http/event-streams.ts"
import { fuzz } from "./fuzz/fuzz.ts"
import { protobuf } from "./fuzz/protobuf.ts"
import { floods } from "./floods.ts"
import { headers } from "./http/headers.ts"
import { idempotency } from "./http/idempotency.ts"
import { jsonBodies } from "./http/json-bodies.ts"
import { localUser } from "./local-user.ts"
import { natsMessages } from "./nats/nats-messages.ts"
import { natsReplies } from "./nats/nats-replies.ts"
import { natsRoles } from "./nats/nats-roles.ts"
import { paths } from "./http/paths.ts"
import { poison } from "./http/poison.ts"
import { queryStrings } from "./http/query-strings.ts"
import { slowClients } from "./http/slow-clients.ts"
import { smuggling } from "./http/smuggling.ts"
import { unreadable } from "./nats/unreadable.ts"

/** The classes. */
export const CLASSES: readonly AttackClass[] = [
  jsonBodies,
  fuzz,
  protobuf,
  contentTypes,
  paths,
  headers,
  queryStrings,
  crossSite,
  smuggling,
  idempotency,
  slowClients,
  eventStreams,
  costs,
  natsMessages,
  natsReplies,
  natsRoles,
  poison,
  floods,
  localUser,
  unreadable,
]
