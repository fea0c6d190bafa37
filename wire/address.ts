/** The subjects that Leftfold uses on NATS. No other file spells them. */
import { MESSAGE_NAME, NotFound, RESERVED_CONTEXT } from "../contracts/plain.ts"
import { checkIdToken, idOfToken, tokenOf } from "./format/id-token.ts"
import { INBOX_CHARACTERS, SLICES } from "./limits.ts"

/** The address of a command: which kind of actor, which instance, which command. */
export interface CommandAddress {
  /** `<context>.<actor>`. */
  readonly name: string
  readonly id: string
  readonly type: string
  /** Whether a policy or a timer sent it. Callers must not publish to such a subject. */
  readonly trusted: boolean
}

/** Throws `NotFound` unless the text can be the name of a message. */
export const checkType = (type: string): string => {
  if (MESSAGE_NAME.test(type)) return type
  throw new NotFound({ message: `"${type.slice(0, 64)}" is not the name of a command` })
}

/** The slice of a text: FNV-1a (32 bit) modulo 256, as NATS' own `partition()` computes it. */
export const sliceOf = (text: string): number => {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  }
  return (hash >>> 0) % SLICES
}

const COMMANDS = "cmd."
const OWNED = "own."
const LOGS = "evt."

/**
 * The last token of a command that a policy or a timer sends. NATS names no sender, so the subject
 * does: only the users of policies and nodes may publish to one with this token.
 */
const TRUSTED = ".policy"

/** The subject of a command. A `trusted` command comes from a policy or a timer. */
export const commandSubject = (name: string, id: string, type: string, trusted = false): string =>
  `${COMMANDS}${name}.${tokenOf(id)}.${type}${trusted ? TRUSTED : ""}`

/** The subjects of one command to any actor of a kind, as descriptions write them. */
export const commandTemplate = (name: string, type: string): string =>
  `${COMMANDS}${name}.{id}.${type}`

/** All commands to one kind of actor. */
export const commandsSubject = (name: string): string => `${COMMANDS}${name}.>`

/** The commands to one kind of actor that any caller may send. */
export const callersCommandsSubject = (name: string): string => `${COMMANDS}${name}.*.*`

/** The commands of one type to one kind of actor, to any node and to each by name. */
export const callersSubjectsOf = (name: string, type: string): readonly string[] => [
  `${COMMANDS}${name}.*.${type}`,
  `${OWNED}*.${name}.*.${type}`,
]

const SENT_AS = "as."

/** A subject under which only this user of NATS is permitted to publish; `>` for all of them. */
export const sentAs = (user: string, subject: string): string => `${SENT_AS}${user}.${subject}`

/** The subject of a command to any node, or of a question about the application; or undefined. */
export const sharedSubject = (subject: string): string | undefined => {
  if (subject.startsWith(COMMANDS)) return subject
  if (subject.startsWith("qry.")) return isOfSystem(subject) ? undefined : subject
  const end = subject.startsWith(OWNED) ? subject.indexOf(".", OWNED.length) : -1
  return end < 0 ? undefined : `${COMMANDS}${subject.slice(end + 1)}`
}

const isOfSystem = (question: string): boolean => question.startsWith(`qry.${RESERVED_CONTEXT}.`)

/** The subject that a user of NATS means by `as.<user>.…`; undefined for what no user may send. */
export const forwardedSubject = (user: string, sent: string): string | undefined => {
  const subject = sent.slice(sentAs(user, "").length)
  if (sharedSubject(subject) !== subject) return undefined
  if (!subject.startsWith(COMMANDS)) return subject
  const { name, id, type, trusted } = parseCommandSubject(subject)
  return trusted ? undefined : commandSubject(name, id, type)
}

/** The subject of a command to a kind of actor, as it is under another name. */
export const renamedSubject = (subject: string, was: string, name: string): string =>
  `${COMMANDS}${name}${subject.slice(COMMANDS.length + was.length)}`

/** The subject at which a node is asked whether it is there. */
export const nodeSubject = (node: string): string => `own.${node}`

/** The subject of a command to the node that owns its actor. That node does not relay it again. */
export const ownedSubject = (
  node: string,
  name: string,
  id: string,
  type: string,
  trusted = false,
): string => `${OWNED}${node}.${name}.${tokenOf(id)}.${type}${trusted ? TRUSTED : ""}`

/** All commands to one kind of actor that are sent to one node. */
export const ownedSubjects = (node: string, name: string): string => `${OWNED}${node}.${name}.>`

/** The commands to one kind of actor that any caller may send to one node. */
export const callersOwnedSubjects = (node: string, name: string): string =>
  `${OWNED}${node}.${name}.*.*`

/** The subject at which the command with the subject `cmd.…` is relayed to a node. */
export const relayedSubject = (node: string, subject: string): string =>
  `${OWNED}${node}.${subject.slice(COMMANDS.length)}`

/** Whether the subject of a command names the node that it is sent to. */
export const isToOneNode = (subject: string): boolean => subject.startsWith(OWNED)

/** Reads the subject of a command, to any node or to one. Throws `Invalid` or `NotFound`. */
export const parseCommandSubject = (whole: string): CommandAddress => {
  const trusted = whole.endsWith(TRUSTED)
  const subject = trusted ? whole.slice(0, -TRUSTED.length) : whole
  const from = subject.startsWith(OWNED) ? subject.indexOf(".", OWNED.length) + 1 : COMMANDS.length
  const nameEnd = subject.indexOf(".", subject.indexOf(".", from) + 1)
  if (nameEnd < from) checkIdToken("")
  const idEnd = subject.lastIndexOf(".")
  const hasType = idEnd > nameEnd
  return {
    name: subject.slice(from, nameEnd),
    id: checkIdToken(subject.slice(nameEnd + 1, hasType ? idEnd : undefined)),
    type: checkType(hasType ? subject.slice(idEnd + 1) : ""),
    trusted,
  }
}

/** The token of an id, behind the slice of that token. */
const slicedToken = (id: string): string => {
  const token = tokenOf(id)
  return `${sliceOf(token)}.${token}`
}

/** The stream that holds the log of a context. */
export const streamName = (context: string): string => context

/** All logs of a context, or of one kind of actor, `<context>.<actor>`. */
export const logsSubject = (name: string): string => `${LOGS}${name}.>`

/** The logs of any actor of a kind, as descriptions write them. */
export const logTemplate = (name: string): string => `${LOGS}${name}.{slice}.{id}`

/** The log of one actor. `name` is `<context>.<actor>`. */
export const logSubject = (name: string, id: string): string => `${LOGS}${name}.${slicedToken(id)}`

/**
 * Reads the subject of a log. `name` is empty for a subject that we never write: its id is invalid,
 * or its slice is not that of its id. No actor reads such a subject.
 */
export const parseLogSubject = (subject: string): { name: string; id: string } => {
  const nameEnd = subject.indexOf(".", subject.indexOf(".", LOGS.length) + 1)
  const sliceEnd = subject.indexOf(".", nameEnd + 1)
  const token = subject.slice(sliceEnd + 1)
  const id = idOfToken(token)
  const isOurs = nameEnd > 0 && sliceEnd > 0 && id !== undefined &&
    subject.slice(nameEnd + 1, sliceEnd) === String(sliceOf(token))
  return { name: isOurs ? subject.slice(LOGS.length, nameEnd) : "", id: id ?? token }
}

/** A subject as people read it: with the id, if its token is not the id. */
export const shownSubject = (subject: string): string =>
  subject.includes("%") ? `${subject} (${parseLogSubject(subject).id})` : subject

/** The part that only the subjects of skip records contain: no actor can have this name. */
export const SKIPS = "._skips."

/**
 * The subject of a record in a context's log: it lists messages of that log that are stepped over.
 * Records are numbered from 1; `*` stands for all of them.
 */
export const skipsSubject = (context: string, record: number | "*"): string =>
  `${LOGS}${context}${SKIPS}${record}`

/** The stream that holds the snapshots of a context's actors. */
export const snapshotStreamName = (context: string): string => `${context}_snapshots`

/** All snapshots of a context's actors, or of one kind of actor, `<context>.<actor>`. */
export const snapshotsSubject = (name: string): string => `snp.${name}.>`

/** The snapshot of one actor. `name` is `<context>.<actor>`. */
export const snapshotSubject = (name: string, id: string): string =>
  `snp.${name}.${slicedToken(id)}`

/** The stream that holds the timers of a context's policies, waiting and due. */
export const timerStreamName = (context: string): string => `${context}_timers`

/** All timers of a context's policies. */
export const timersSubject = (context: string): string => `tmr.${context}.>`

const timerToken = (
  policy: string,
  state: "at" | "due" | "recurring" | "parked" | "discarded",
  key: string,
): string => `tmr.${policy.replace(".", `.${state}.`)}.${key}`

/** The subject of a waiting timer. `policy` is `<context>.<policy>`. */
export const timerSubject = (policy: string, key: string): string => timerToken(policy, "at", key)

/** All waiting timers of a context's policies. */
export const waitingTimersSubject = (context: string): string => `tmr.${context}.at.>`

/** The subject of the same timer when it is due. */
export const dueTimerSubject = (policy: string, key: string): string =>
  timerToken(policy, "due", key)

/** The subject of the note that a timer of this key recurs. */
export const recurringSubject = (policy: string, key: string): string =>
  timerToken(policy, "recurring", key)

/** All due timers of a context's policies. */
export const dueTimersSubject = (context: string): string => `tmr.${context}.due.>`

/** Reads the subject of a timer, waiting, due or noted as recurring. */
export const parseTimerSubject = (subject: string): { policy: string; key: string } => {
  const [, context, , local, key = ""] = subject.split(".")
  return { policy: `${context}.${local}`, key }
}

/**
 * The subject under which the work of a policy, `<context>.<policy>`, is parked, or recorded as
 * discarded. `place` is one or more tokens.
 */
export const parkedSubject = (
  policy: string,
  place: string,
  state: "parked" | "discarded" = "parked",
): string => timerToken(policy, state, place)

/** All parked work of a context's policies. */
export const parkedSubjects = (context: string): string => `tmr.${context}.parked.>`

/** The subject of a query. `name` is `<context>.<name>`. */
export const querySubject = (name: string): string => `qry.${name}`

/** The query for an actor's history; `qry.<actor>` itself answers with its state. */
export const historyName = (actor: string): string => `${actor}.history`

/** The subject at which a role is asked for its health in one context. */
export const healthSubject = (role: string, context: string): string =>
  `qry.${RESERVED_CONTEXT}.${role}.${context}`

/** The subject at which a projection's progress is announced. */
export const progressSubject = (projection: string): string => `view.${projection}`

/** The bucket in which the nodes of actors announce themselves. */
export const NODES_BUCKET = "leftfold_nodes"

/** The subject at which all nodes of actors are asked who is there. Each node answers. */
export const NODES_SUBJECT = `qry.${RESERVED_CONTEXT}.nodes`

/** The subject at which a node is announced where the subjects of buckets do not arrive. */
export const announcedSubject = (node: string): string => `${NODES_SUBJECT}.${node}`

/** The stream that holds a bucket. */
export const bucketStream = (bucket: string): string => `KV_${bucket}`

/** The subject of a key of a bucket; `>` for all keys. */
export const bucketSubject = (bucket: string, key: string): string => `$KV.${bucket}.${key}`

/** The three subjects at which NATS' service protocol asks a service. */
export const serviceSubjects = (verb: string, name: string, id: string): readonly string[] => [
  `$SRV.${verb}`,
  `$SRV.${verb}.${name}`,
  `$SRV.${verb}.${name}.${id}`,
]

/** All questions to all instances of the services of this name. */
export const servicesSubjects = (name: string): readonly string[] => serviceSubjects("*", name, "*")

/** All questions to all services. */
export const ALL_SERVICES = "$SRV.>"

/** The first token of all reply subjects of one user. No other user can read them. */
export const inboxPrefix = (user: string): string => `_INBOX_${user}`

/** All inboxes of one user. */
export const inboxesSubject = (user: string): string => `${inboxPrefix(user)}.>`

/** An inbox: its prefix, then tokens of printable letters without the wildcards `*` and `>`. */
const INBOX = /^_INBOX(?:_[A-Za-z0-9_-]{1,64})?(?:\.[!-)+-\-/-=?-~]+)+$/

/**
 * Whether an answer may be sent to this subject. The caller chooses where its answer goes, so
 * answers go only to inboxes: no stream, service or bucket listens there.
 */
export const isInbox = (subject: string): boolean =>
  subject.length <= INBOX_CHARACTERS && INBOX.test(subject)

/** The inboxes of clients that set no prefix of their own, such as the `nats` tool. */
export const COMMON_INBOXES = "_INBOX.>"

/** The name of the subscription with which a policy, `<context>.<policy>`, reads logs. */
export const policySubscription = (policy: string): string => `policy.${policy}`

/**
 * The durable consumer that keeps the position of a subscription. Names contain dashes but no
 * underscores, so two names never become the same.
 */
export const durableName = (subscription: string): string => subscription.replaceAll(".", "_")

/** The durable consumer that reads the due timers of a context. */
export const TIMER_CONSUMER = "due"

/** The subjects of JetStream's API that are called directly, or that permissions mention. */
export const jetStream = {
  /** The whole API. */
  everything: "$JS.API.>",
  /** What can be asked about an account, without the contents of a stream. */
  listing: ["$JS.API.INFO", "$JS.API.STREAM.NAMES", "$JS.API.STREAM.LIST"],
  /** Everything that can be done with one stream and its consumers. */
  ofStream: (stream: string): readonly string[] => [
    `$JS.API.STREAM.*.${stream}`,
    `$JS.API.STREAM.MSG.GET.${stream}`,
    `$JS.API.CONSUMER.*.${stream}`,
    `$JS.API.CONSUMER.*.${stream}.>`,
    `$JS.API.CONSUMER.MSG.NEXT.${stream}.*`,
    `$JS.API.DIRECT.GET.${stream}`,
    `$JS.API.DIRECT.GET.${stream}.>`,
    `$JS.ACK.${stream}.>`,
  ],
  /** The account's usage of JetStream, and its limits. */
  account: "$JS.API.INFO",
  /** The settings and state of a stream. */
  streamInfo: (stream: string): string => `$JS.API.STREAM.INFO.${stream}`,
  /** The settings and progress of all consumers of a stream. */
  consumerList: (stream: string): string => `$JS.API.CONSUMER.LIST.${stream}`,
  /** The settings and progress of a consumer. */
  consumerInfo: (stream: string, consumer: string): string =>
    `$JS.API.CONSUMER.INFO.${stream}.${consumer}`,
  /**
   * Makes or changes a consumer of this name that reads these subjects; without them, any. A user
   * of the subject without a name, which the API has too, can change all consumers of the stream.
   */
  createNamed: (stream: string, consumer: string, subjects?: string): string =>
    `$JS.API.CONSUMER.CREATE.${stream}.${consumer}${subjects === undefined ? "" : `.${subjects}`}`,
  /** The acknowledgements of messages that a consumer delivered. */
  acks: (stream: string, consumer: string): string => `$JS.ACK.${stream}.${consumer}.>`,
  /** Asks for a snapshot of a stream. */
  snapshot: (stream: string): string => `$JS.API.STREAM.SNAPSHOT.${stream}`,
  /** Asks for a stream to be made from a snapshot. */
  restore: (stream: string): string => `$JS.API.STREAM.RESTORE.${stream}`,
  /** The acknowledgements with which a receiver asks for the rest of a snapshot. */
  snapshotAcks: "$JS.SNAPSHOT.ACK.>",
  /** The subjects that a snapshot is sent to when a stream is restored. */
  snapshotRestore: "$JS.SNAPSHOT.RESTORE.>",
  /** Reads from any replica, which may be behind. */
  directGet: (stream: string): string => `$JS.API.DIRECT.GET.${stream}`,
  /** The last message of a subject, from any replica. */
  directLast: (stream: string, subject: string): string =>
    `$JS.API.DIRECT.GET.${stream}.${subject}`,
  /** Reads from the leader. */
  leaderGet: (stream: string): string => `$JS.API.STREAM.MSG.GET.${stream}`,
  /** Removes messages by subject. */
  purge: (stream: string): string => `$JS.API.STREAM.PURGE.${stream}`,
  /** Asks a consumer for its next messages. */
  next: (stream: string, consumer: string): string =>
    `$JS.API.CONSUMER.MSG.NEXT.${stream}.${consumer}`,
}
