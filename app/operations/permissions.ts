/** Permissions: what each user of NATS may publish and subscribe to for its role, and no more. */
import {
  ALL_SERVICES,
  announcedSubject,
  bucketStream,
  bucketSubject,
  callersCommandsSubject,
  callersOwnedSubjects,
  callersSubjectsOf,
  commandsSubject,
  COMMON_INBOXES,
  dueTimersSubject,
  durableName,
  healthSubject,
  historyName,
  inboxesSubject,
  jetStream,
  logsSubject,
  Names,
  NODES_BUCKET,
  NODES_SUBJECT,
  nodeSubject,
  ownedSubjects,
  parkedSubject,
  policySubscription,
  progressSubject,
  querySubject,
  recurringSubject,
  sentAs,
  servicesSubjects,
  serviceSubjects,
  sharedSubject,
  skipsSubject,
  snapshotsSubject,
  snapshotStreamName,
  streamName,
  TIMER_CONSUMER,
  timerStreamName,
  timerSubject,
} from "../../wire/internal.ts"
import { type AnyContract, contextOf } from "../../contracts/internal.ts"
import type { AppDefinition } from "../app.ts"
import { type CallerOptions, CALLERS, type Follower, type RoleUser, usersOf } from "./users.ts"
import { contextsOfActors } from "../../actors/internal.ts"

/** The subjects that a user may publish to and subscribe to. All others are refused. */
export interface Permissions {
  readonly publish: readonly string[]
  readonly subscribe: readonly string[]
  /** Exceptions to `publish`: subjects that the user must not publish to. */
  readonly denied: readonly string[]
}

const ANY = "*"

/**
 * The inboxes of these users, for answers to them. The server could allow each answer by itself
 * (`allow_responses`). But then it records every message delivered with a reply subject, including
 * those of a feed, and scans all the records at each delivery.
 */
const answersTo = (users: readonly RoleUser[]): string[] => users.map(inboxesSubject)

const answersToCallers = ({ callers = CALLERS, commonInboxes }: CallerOptions): string[] => [
  ...callers.map(inboxesSubject),
  ...(commonInboxes === undefined ? [] : [COMMON_INBOXES]),
]

/** The names of all actors, and those that they had before. */
const namesOf = ({ actors }: AppDefinition): string[] =>
  actors.flatMap(({ contract: { name, was } }) => was === undefined ? [name] : [name, was])

/** The contexts that its actors were in before, and that it has no longer. */
const contextsBefore = ({ actors, contexts }: AppDefinition): string[] => {
  const before = actors.flatMap(({ contract: { was } }) =>
    was === undefined ? [] : [contextOf(was)]
  )
  return [...new Set(before)].filter((context) => !contexts.includes(context))
}

const commandsTo = (names: readonly string[]): string[] =>
  names.flatMap((name) => [commandsSubject(name), ownedSubjects(ANY, name)])

/** Commands that anybody may send, never as a policy. One subject when no command is internal. */
const publicCommandsTo = ({ actors }: AppDefinition): string[] =>
  actors.flatMap(({ contract: { name, was, internal, codec } }) =>
    (was === undefined ? [name] : [name, was]).flatMap((name) =>
      internal.size === 0
        ? [callersCommandsSubject(name), callersOwnedSubjects(ANY, name)]
        : Object.keys(codec.jsonSchemas("command")).filter((type) => !internal.has(type)).flatMap(
          (type) => callersSubjectsOf(name, type),
        )
    )
  )

/** The subjects for sending commands, asking whether a node is there, and finding a node. */
const sending = (app: AppDefinition, commands: readonly string[]): string[] => [
  ...commands,
  nodeSubject(ANY),
  ...contextsOfActors(app.actors).flatMap((context) =>
    serviceSubjects("PING", context, ANY).slice(1)
  ),
]

const questionsOf = (names: readonly string[]): string[] =>
  names.flatMap((name) => [querySubject(name), querySubject(historyName(name))])

const viewQueries = ({ projections, queries }: AppDefinition): string[] => [
  ...projections.map(({ name }) => querySubject(name)),
  ...queries.map(({ query }) => querySubject(query.name)),
]

const views = ({ projections }: AppDefinition): string[] =>
  projections.map(({ name }) => progressSubject(name))

type Readers = readonly { readonly from: readonly AnyContract[] }[]

/**
 * The contexts that parts of an application read. Logs of other applications are read by a user of
 * theirs, or where users have no permissions.
 */
const contextsRead = (app: AppDefinition, readers: Readers): readonly string[] =>
  [...new Set(readers.flatMap(({ from }) => from.map(({ context }) => context)))]
    .filter((context) => app.contexts.includes(context))

/** Where nodes announce themselves to everything that sends commands. */
const nodesOf = ({ domain = "" }: CallerOptions): string[] => [
  bucketSubject(NODES_BUCKET, ANY),
  ...(domain === "" ? [] : [announcedSubject(ANY)]),
]

const durable = (stream: string, consumer: string, subjects: string): string[] => [
  jetStream.consumerInfo(stream, consumer),
  jetStream.createNamed(stream, consumer, subjects),
  jetStream.next(stream, consumer),
  jetStream.acks(stream, consumer),
]

type Said = Omit<Permissions, "denied"> & Partial<Permissions>

/** In an account that others share, an operator has the streams of this application only. */
const jetStreamOf = (app: AppDefinition, { prefix = "" }: CallerOptions) => {
  if (prefix === "") return [jetStream.everything]
  const contexts = [...app.contexts, ...contextsBefore(app)]
  const streams = contexts.flatMap((context) =>
    [streamName, snapshotStreamName, timerStreamName].map((nameOf) => nameOf(context))
  )
  const all = [...streams, bucketStream(NODES_BUCKET)]
  return [...jetStream.listing, ...all.flatMap(jetStream.ofStream)]
}

const admin = (app: AppDefinition, options: CallerOptions): Said => ({
  publish: [
    ...jetStreamOf(app, options),
    jetStream.snapshotAcks,
    jetStream.snapshotRestore,
    ALL_SERVICES,
    healthSubject(ANY, ANY),
    NODES_SUBJECT,
    ...contextsOfActors(app.actors).map((context) => skipsSubject(context, ANY)),
    ...app.contexts.map((context) => timerSubject(`${context}.${ANY}`, ANY)),
    // An import writes to logs, and the command line asks.
    ...namesOf(app).map(logsSubject),
    ...asking(app),
  ],
  subscribe: views(app),
})

const actors = (app: AppDefinition, options: CallerOptions): Said => {
  const names = namesOf(app)
  const contexts = contextsOfActors(app.actors)
  return {
    publish: [
      ...answersTo(["admin", "actors", "policies", "gateway"]),
      ...answersToCallers(options),
      nodeSubject(ANY),
      NODES_SUBJECT,
      ...names.flatMap((name) => [
        ownedSubjects(ANY, name),
        logsSubject(name),
        snapshotsSubject(name),
      ]),
      jetStream.account,
      ...contextsBefore(app).flatMap((context) => [
        jetStream.directGet(streamName(context)),
        jetStream.directLast(streamName(context), logsSubject(context)),
        jetStream.leaderGet(streamName(context)),
      ]),
      ...contexts.flatMap((context) => [
        jetStream.directGet(streamName(context)),
        jetStream.directLast(streamName(context), logsSubject(context)),
        jetStream.leaderGet(streamName(context)),
        jetStream.directLast(snapshotStreamName(context), snapshotsSubject(context)),
        jetStream.leaderGet(snapshotStreamName(context)),
      ]),
      ...nodesOf(options),
    ],
    subscribe: [
      ...commandsTo(names),
      nodeSubject(ANY),
      ...nodesOf(options),
      NODES_SUBJECT,
      ...questionsOf(names),
      healthSubject("actors", ANY),
      ...contexts.flatMap(servicesSubjects),
    ],
  }
}

/**
 * The consumers that keep the positions of policies. A permission covers whole tokens, not the
 * beginning of a name. So a user that can make consumers under any name could also change and drain
 * these.
 */
const kept = (stream: string, consumer: string): string[] => [
  jetStream.createNamed(stream, consumer),
  jetStream.createNamed(stream, consumer, ">"),
  jetStream.next(stream, consumer),
]

const consumerOf = (policy: string): string => durableName(policySubscription(policy))

/** The consumer of a policy of a follower, whose own prefix stands before a slash. */
const followersConsumer = (policy: string): string => {
  const [prefix, name] = policy.includes("/") ? policy.split("/") : ["", policy]
  return new Names({ prefix }).word(consumerOf(name!))
}

const ofPolicies = (app: AppDefinition): string[] =>
  app.policies.flatMap(({ identity, from }) =>
    contextsRead(app, [{ from }]).map(streamName).flatMap((stream) =>
      kept(stream, consumerOf(identity))
    )
  )

/** The same of policies of applications that follow this one, except those of one follower. */
const ofFollowers = ({ followers = [] }: CallerOptions, except?: string): string[] =>
  followers.filter(({ name }) => name !== except).flatMap(({ contexts, policies }) =>
    contexts.map(streamName).flatMap((stream) =>
      policies.flatMap((policy) => kept(stream, followersConsumer(policy)))
    )
  )

/** Reads which messages of a log are stepped over, and nothing else of the log. */
const readingSkips = (context: string): string =>
  jetStream.directLast(streamName(context), skipsSubject(context, ANY))

const projections = (app: AppDefinition, options: CallerOptions): Said => ({
  publish: [
    ...answersTo(["admin", "gateway"]),
    ...answersToCallers(options),
    ...views(app),
    ...contextsRead(app, app.projections).map(readingSkips),
    ...contextsRead(app, app.projections).map(streamName).flatMap((stream) => [
      jetStream.streamInfo(stream),
      jetStream.createNamed(stream, ANY),
      jetStream.next(stream, ANY),
      jetStream.leaderGet(stream),
    ]),
  ],
  denied: [...ofPolicies(app), ...ofFollowers(options)],
  subscribe: [...viewQueries(app), ...views(app), healthSubject("projections", ANY)],
})

const policies = (app: AppDefinition, options: CallerOptions): Said => ({
  publish: [
    ...answersTo(["admin", "gateway"]),
    NODES_SUBJECT,
    ...sending(app, commandsTo(namesOf(app))),
    ...app.policies.flatMap(({ identity, from }) => [
      ...contextsRead(app, [{ from }]).flatMap((context) => {
        return durable(streamName(context), consumerOf(identity), logsSubject(context))
      }),
      ...contextsRead(app, [{ from }]).map(readingSkips),
      ...contextsRead(app, [{ from }]).map(streamName).map(jetStream.leaderGet),
      recurringSubject(identity, ANY),
      parkedSubject(identity, ">"),
      parkedSubject(identity, ">", "discarded"),
    ]),
    // Other policies may have been renamed, or run in other processes.
    ...contextsOfActors(app.actors).map(streamName).map(jetStream.consumerList),
    ...app.policies.flatMap(({ context }) => [
      // A suspended timer of a policy that is gone goes on under its own name.
      timerSubject(`${context}.${ANY}`, ANY),
      jetStream.purge(timerStreamName(context)),
      jetStream.streamInfo(timerStreamName(context)),
      jetStream.leaderGet(timerStreamName(context)),
      ...durable(timerStreamName(context), TIMER_CONSUMER, dueTimersSubject(context)),
    ]),
  ],
  subscribe: [healthSubject("policies", ANY), ...nodesOf(options)],
})

/** The subjects for requests from outside, through a gateway or directly: no internal commands. */
const asking = (app: AppDefinition): string[] => [
  ...sending(app, publicCommandsTo(app)),
  ...questionsOf(namesOf(app)),
  ...viewQueries(app),
]

/**
 * The gateway has no JetStream permission: a user with one can make the server answer anywhere.
 */
const gateway = (app: AppDefinition, options: CallerOptions): Said => {
  const known = knownCallers(app, options)
  return {
    publish: [
      ...asking(app),
      healthSubject(ANY, ANY),
      NODES_SUBJECT,
      ...known.map(inboxesSubject),
    ],
    subscribe: [...views(app), ...nodesOf(options), ...known.map((name) => sentAs(name, ">"))],
  }
}

/** The callers that rules know by name. */
const knownCallers = ({ natsUsers }: AppDefinition, { callers = CALLERS }: CallerOptions) =>
  callers.filter((name) => Object.hasOwn(natsUsers, name))

/** What a caller may send as itself: to any node, because a gateway passes it on. */
const askingAs = (app: AppDefinition, name: string): string[] =>
  asking(app).filter((subject) => sharedSubject(subject) === subject)
    .map((subject) => sentAs(name, subject))

/** Callers find services but do not get their statistics, which quote what others have sent. */
const caller = (app: AppDefinition, options: CallerOptions, name: string): Said => ({
  publish: [
    ...asking(app),
    ...knownCallers(app, options).includes(name) ? askingAs(app, name) : [],
    ...serviceSubjects("PING", ANY, ANY),
    ...serviceSubjects("INFO", ANY, ANY),
  ],
  subscribe: [],
})

/**
 * An application that follows this one reads its logs by consumers that it makes: readers under any
 * name, and the positions of its policies under theirs. It cannot touch those of other policies,
 * cannot name the stream of another context, and has no other subject.
 */
const follower = (
  app: AppDefinition,
  options: CallerOptions,
  { name, contexts, policies }: Follower,
): Said => ({
  publish: contexts.flatMap((context) => [
    jetStream.streamInfo(streamName(context)),
    jetStream.leaderGet(streamName(context)),
    readingSkips(context),
    jetStream.createNamed(streamName(context), ANY),
    jetStream.next(streamName(context), ANY),
    ...policies.map(followersConsumer).flatMap((consumer) =>
      durable(streamName(context), consumer, logsSubject(context))
    ),
  ]),
  denied: [...ofPolicies(app), ...ofFollowers(options, name)],
  subscribe: [],
})

/** Throws `TypeError` for a context that the application does not have. */
const checkFollower = (app: AppDefinition, { name, contexts }: Follower): void => {
  for (const context of contexts) {
    if (contextsOfActors(app.actors).includes(context)) continue
    throw new TypeError(
      `the follower ${name} cannot read ${context}, which ${app.name} does not write: there are ` +
        contextsOfActors(app.actors).join(", "),
    )
  }
}

const OF = { admin, actors, projections, policies, gateway }

const isRoleUser = (user: string): user is RoleUser => Object.hasOwn(OF, user)

/**
 * The permissions of a user where this application runs. Throws `TypeError` for a user that is
 * neither a role's nor a caller.
 */
export const permissionsOf = (
  app: AppDefinition,
  user: string,
  options: CallerOptions = {},
): Permissions => {
  if (!usersOf(options).includes(user)) throw new TypeError(`there is no user "${user}"`)
  const following = options.followers?.find(({ name }) => name === user)
  if (following) checkFollower(app, following)
  const said = isRoleUser(user)
    ? OF[user](app, options)
    : following
    ? follower(app, options, following)
    : caller(app, options, user)
  const common = options.commonInboxes === user ? [COMMON_INBOXES] : []
  const names = new Names(options)
  // The inboxes of a user contain its name, and so the prefix.
  const inboxes = new Map(
    usersOf(options).map((each) => [
      inboxesSubject(each),
      inboxesSubject(names.user(each)),
    ]),
  )
  const published = (subjects: readonly string[] = []) => [
    ...new Set(subjects.map((subject) => inboxes.get(subject) ?? names.published(subject))),
  ]
  const subscribed = [inboxesSubject(user), ...common, ...said.subscribe]
  return {
    publish: published(said.publish),
    subscribe: [
      ...new Set(subscribed.map((subject) => inboxes.get(subject) ?? names.subject(subject))),
    ],
    denied: published(said.denied),
  }
}
