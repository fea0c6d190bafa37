/** All classes of attacks, in the order in which they run. */
import type { AttackClass } from "./attack-case.ts"
import { contentTypes } from "./content-types.ts"
import { costs } from "./costs.ts"
import { crossSite } from "./cross-site.ts"
import { eventStreams } from "./event-streams.ts"
import { floods } from "./floods.ts"
import { headers } from "./headers.ts"
import { idempotency } from "./idempotency.ts"
import { jsonBodies } from "./json-bodies.ts"
import { localUser } from "./local-user.ts"
import { natsMessages } from "./nats-messages.ts"
import { natsReplies } from "./nats-replies.ts"
import { natsRoles } from "./nats-roles.ts"
import { paths } from "./paths.ts"
import { poison } from "./poison.ts"
import { queryStrings } from "./query-strings.ts"
import { slowClients } from "./slow-clients.ts"
import { smuggling } from "./smuggling.ts"
import { unreadable } from "./unreadable.ts"

/** The classes. */
export const CLASSES: readonly AttackClass[] = [
  jsonBodies,
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
