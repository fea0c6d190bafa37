/** Permissions: what each user of NATS may say and hear so that its role can work, and no more. */
import {
  ALL_SERVICES,
  bucketStream,
  bucketSubject,
  callersCommandsSubject,
  callersOwnedSubjects,
  commandsSubject,
  commandSubject,
  COMMON_INBOXES,
  dueTimersSubject,
  durableName,
  healthSubject,
  historyName,
  inboxesSubject,
  jetStream,
  logsSubject,
  NODES_BUCKET,
  nodeSubject,
  ownedSubject,
  ownedSubjects,
  policySubscription,
  progressSubject,
  querySubject,
  servicesSubjects,
  serviceSubjects,
  snapshotsSubject,
  snapshotStreamName,
  streamName,
  TIMER_CONSUMER,
  timerStreamName,
  timerSubject,
} from "../../wire/internal.ts"
import type { AnyContract } from "../../contracts/internal.ts"
import type { AppDefinition } from "../app.ts"

/**
 * The users of NATS: one for each role, `admin` for the role `provision` and for who operates the
 * system, and `caller` for all other services, which may do no more than ask.
 */
export const USERS = ["admin", "actors", "projections", "policies", "gateway", "caller"] as const

/** One user of NATS. */
export type User = typeof USERS[number]

/** The subjects that a user may publish to and subscribe to; all others are refused. */
export interface Permissions {
  readonly publish: readonly string[]
  readonly subscribe: readonly string[]
}

const ANY = "*"

/** Those who ask, and so are answered. */
const ASKING: readonly User[] = ["admin", "actors", "policies", "gateway"]

/**
 * Where those who ask are answered. The server could allow an answer to each request by itself
 * (`allow_responses`), but then it keeps account of every message that is delivered with a reply
 * subject, those of a feed among them, and goes through that whole account at each delivery.
 */
const ANSWERS = [...ASKING.map(inboxesSubject), COMMON_INBOXES]

const namesOf = ({ actors }: AppDefinition): string[] => actors.map(({ contract }) => contract.name)

const hosted = ({ actors }: AppDefinition): string[] => [
  ...new Set(actors.map(({ contract }) => contract.context)),
]

const commandsTo = (names: readonly string[]): string[] =>
  names.flatMap((name) => [commandsSubject(name), ownedSubjects(ANY, name)])

/** Those that are for anybody, and never as a policy. Where all are, one subject says so. */
const publicCommandsTo = ({ actors }: AppDefinition): string[] =>
  actors.flatMap(({ contract: { name, internal, codec } }) =>
    internal.size === 0
      ? [callersCommandsSubject(name), callersOwnedSubjects(ANY, name)]
      : Object.keys(codec.jsonSchemas("command")).filter((type) => !internal.has(type)).flatMap(
        (type) => [commandSubject(name, ANY, type), ownedSubject(ANY, name, ANY, type)],
      )
  )

/** To send commands, to ask a node whether it is there, and to find one that is. */
const sending = (app: AppDefinition, commands: readonly string[]): string[] => [
  ...commands,
  nodeSubject(ANY),
  ...hosted(app).flatMap((context) => serviceSubjects("PING", context, ANY).slice(1)),
]

const questionsOf = (names: readonly string[]): string[] =>
  names.flatMap((name) => [querySubject(name), querySubject(historyName(name))])

const viewQueries = ({ projections, queries }: AppDefinition): string[] => [
  ...projections.map(({ name }) => querySubject(name)),
  ...queries.map(({ query }) => querySubject(query.name)),
]

const views = ({ projections }: AppDefinition): string[] =>
  projections.map(({ name }) => progressSubject(name))

const contextsRead = (readers: readonly { readonly from: readonly AnyContract[] }[]) => [
  ...new Set(readers.flatMap(({ from }) => from.map(({ context }) => context))),
]

/** To watch who is there. The consumers of the bucket are all alike, and each can be lost. */
const watchingNodes = (): string[] => {
  const stream = bucketStream(NODES_BUCKET)
  return [
    jetStream.createNamed(stream, ANY, bucketSubject(NODES_BUCKET, ">")),
    jetStream.consumerInfo(stream, ANY),
    jetStream.deleteConsumer(stream, ANY),
    jetStream.flowControl(stream),
  ]
}

const durable = (stream: string, consumer: string, subjects: string): string[] => [
  jetStream.consumerInfo(stream, consumer),
  jetStream.createNamed(stream, consumer, subjects),
  jetStream.next(stream, consumer),
  jetStream.acks(stream, consumer),
]

const admin = (app: AppDefinition): Permissions => ({
  publish: [
    jetStream.everything,
    jetStream.snapshotAcks,
    jetStream.snapshotRestore,
    ALL_SERVICES,
    healthSubject(ANY, ANY),
    ...questionsOf(namesOf(app)),
    ...viewQueries(app),
  ],
  subscribe: views(app),
})

const actors = (app: AppDefinition): Permissions => {
  const names = namesOf(app)
  const contexts = hosted(app)
  return {
    publish: [
      ...ANSWERS,
      nodeSubject(ANY),
      ...names.flatMap((name) => [
        ownedSubjects(ANY, name),
        logsSubject(name),
        snapshotsSubject(name),
      ]),
      ...contexts.flatMap((context) => [
        jetStream.directGet(streamName(context)),
        jetStream.directLast(streamName(context), logsSubject(context)),
        jetStream.leaderGet(streamName(context)),
        jetStream.directLast(snapshotStreamName(context), snapshotsSubject(context)),
      ]),
      bucketSubject(NODES_BUCKET, ANY),
      ...watchingNodes(),
    ],
    subscribe: [
      ...commandsTo(names),
      nodeSubject(ANY),
      ...questionsOf(names),
      healthSubject("actors", ANY),
      ...contexts.flatMap(servicesSubjects),
    ],
  }
}

const projections = (app: AppDefinition): Permissions => ({
  publish: [
    ...ANSWERS,
    ...views(app),
    ...contextsRead(app.projections).map(streamName).flatMap((stream) => [
      jetStream.streamInfo(stream),
      jetStream.createConsumer(stream),
      jetStream.next(stream, ANY),
      jetStream.leaderGet(stream),
    ]),
  ],
  subscribe: [...viewQueries(app), ...views(app), healthSubject("projections", ANY)],
})

const policies = (app: AppDefinition): Permissions => ({
  publish: [
    ...ANSWERS,
    ...sending(app, commandsTo(namesOf(app))),
    ...app.policies.flatMap(({ name, from }) => [
      ...contextsRead([{ from }]).flatMap((context) =>
        durable(streamName(context), durableName(policySubscription(name)), logsSubject(context))
      ),
      timerSubject(name, ANY),
    ]),
    ...app.policies.flatMap(({ context }) => [
      jetStream.purge(timerStreamName(context)),
      ...durable(timerStreamName(context), TIMER_CONSUMER, dueTimersSubject(context)),
    ]),
    ...watchingNodes(),
  ],
  subscribe: [healthSubject("policies", ANY)],
})

/** What those outside may ask, by a gateway or themselves: no internal commands. */
const asking = (app: AppDefinition): string[] => [
  ...sending(app, publicCommandsTo(app)),
  ...questionsOf(namesOf(app)),
  ...viewQueries(app),
]

const gateway = (app: AppDefinition): Permissions => ({
  publish: [...asking(app), healthSubject(ANY, ANY), ...watchingNodes()],
  subscribe: views(app),
})

const caller = (app: AppDefinition): Permissions => ({
  publish: [...asking(app), healthSubject(ANY, ANY), ALL_SERVICES],
  subscribe: views(app),
})

const OF = { admin, actors, projections, policies, gateway, caller }

/** What a user may say and hear where this application runs. */
export const permissionsOf = (app: AppDefinition, user: User): Permissions => {
  const { publish, subscribe } = OF[user](app)
  const inboxes = user === "caller" ? COMMON_INBOXES : inboxesSubject(user)
  return {
    publish: [...new Set(publish)],
    subscribe: [...new Set([inboxes, ...subscribe])],
  }
}
