/** The table of all metrics: what each measures, in which unit, and by which labels. */
import type { MetricDefinition } from "./metric.ts"

/** Upper bounds for times, in seconds: from half a millisecond to ten seconds. */
const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

const COMMANDS_AT_ONCE = [1, 2, 4, 8, 16, 32, 64, 128, 256]

const ACTOR = "leftfold.actor"
const PROJECTION = "leftfold.projection"
const POLICY = "leftfold.policy"
const CONTEXT = "leftfold.context"
const ROLE = "leftfold.role"
const POOL = "leftfold.pool"

const MESSAGING = ["messaging.system", "messaging.operation.name", "messaging.destination.template"]

const counter = (name: string, unit: string, help: string, ...labels: readonly string[]) =>
  ({ name, kind: "counter", unit, help, labels }) satisfies MetricDefinition

const gauge = (name: string, unit: string, help: string, ...labels: readonly string[]) =>
  ({ name, kind: "gauge", unit, help, labels }) satisfies MetricDefinition

/** A gauge whose equal values in one process are not added up. */
const largest = (name: string, unit: string, help: string, ...labels: readonly string[]) =>
  ({ ...gauge(name, unit, help, ...labels), joined: "largest" }) satisfies MetricDefinition

const histogram = (
  name: string,
  unit: string,
  help: string,
  buckets: readonly number[],
  ...labels: readonly string[]
) => ({ name, kind: "histogram", unit, help, labels, buckets }) satisfies MetricDefinition

const seconds = (name: string, help: string, ...labels: readonly string[]) =>
  histogram(name, "s", help, SECONDS, ...labels)

const ofActors = {
  commands: counter(
    "leftfold.commands",
    "{command}",
    "Commands answered. The outcome is accepted, rejected or failed; the reason is the name of " +
      "the rejection or the failure.",
    ...[ACTOR, "leftfold.command", "leftfold.outcome", "leftfold.reason"],
  ),
  processDuration: seconds(
    "messaging.process.duration",
    "How long a command took from its arrival at the owning node to its answer, and a policy for " +
      "an event or a timer. error.type is the failure.",
    ...[...MESSAGING, "messaging.consumer.group.name", "error.type"],
  ),
  operationDuration: seconds(
    "messaging.client.operation.duration",
    "How long the log took to store a commit. error.type is conflict, refused or unknown when it " +
      "did not say that it has.",
    ...[...MESSAGING, "error.type"],
  ),
  turnCommands: histogram(
    "leftfold.turn.commands",
    "{command}",
    "Commands decided together in one turn of an actor.",
    COMMANDS_AT_ONCE,
    ACTOR,
  ),
  conflicts: counter(
    "leftfold.append.conflicts",
    "{commit}",
    "Turns decided again, because another writer had moved the actor on.",
    ACTOR,
  ),
  wakeDuration: seconds(
    "leftfold.wake.duration",
    "How long it took to bring an actor into memory. error.type is the failure.",
    ...[ACTOR, "error.type"],
  ),
  refusalsWritten: counter(
    "leftfold.refusals.written",
    "{refusal}",
    "Refusals written to the log and paid for by a budget, by its account.",
    "leftfold.account",
  ),
  idsForgotten: counter(
    "leftfold.command_ids.forgotten",
    "{id}",
    "Ids of commands that actors forgot within their idempotencyWindow, because they are too many.",
    ACTOR,
  ),
  commandsDropped: counter(
    "leftfold.commands.dropped",
    "{command}",
    "Commands dropped unread, because no answer can be sent to their reply subject.",
    ACTOR,
  ),
  commandsInFlight: gauge(
    "leftfold.commands.in_flight",
    "{command}",
    "Commands that nodes of this process have taken on and not answered.",
  ),
  commandsInFlightLimit: gauge(
    "leftfold.commands.in_flight.limit",
    "{command}",
    "How many may be in flight; the next is answered Overloaded.",
  ),
  mailboxLongest: largest(
    "leftfold.mailbox.longest",
    "{command}",
    "The most commands that waited for one actor within the last half minute or more.",
    ACTOR,
  ),
  mailboxLimit: largest(
    "leftfold.mailbox.limit",
    "{command}",
    "How many commands may wait for one actor; the next is answered Overloaded.",
  ),
  residents: gauge("leftfold.actors.resident", "{actor}", "Actors in memory."),
  residentsLimit: gauge("leftfold.actors.resident.limit", "{actor}", "How many may be in memory."),
  actorsMemory: gauge("leftfold.actors.memory", "By", "Memory of the actors, estimated."),
  actorsMemoryLimit: gauge("leftfold.actors.memory.limit", "By", "How much they may take."),
  nodesKnown: largest("leftfold.nodes.known", "{node}", "Nodes that this process knows."),
  troubles: gauge(
    "leftfold.troubles",
    "{trouble}",
    "Troubles of a node that keep it from being ready: its log, its announcements, other nodes.",
  ),
} as const

const ofProjections = {
  projectionReady: largest(
    "leftfold.projection.ready",
    "{projection}",
    "1 if the projection serves and is not held up, otherwise 0.",
    PROJECTION,
  ),
  projectionLag: largest(
    "leftfold.projection.lag",
    "{message}",
    "Messages of the log that a generation has not folded, by its state: serving or building.",
    ...[PROJECTION, "leftfold.generation.state"],
  ),
  projectionLagTime: largest(
    "leftfold.projection.lag.time",
    "s",
    "The age of the last folded message while there are more; 0 when it was the last.",
    PROJECTION,
  ),
  projectionHeldUp: largest(
    "leftfold.projection.held_up.time",
    "s",
    "For how long folding has failed without a break; 0 when it does not.",
    PROJECTION,
  ),
  projectionParkedKeys: largest(
    "leftfold.projection.parked.keys",
    "{key}",
    "Keys whose row stands still, because an event could not be folded.",
    PROJECTION,
  ),
  projectionParkedEvents: largest(
    "leftfold.projection.parked.events",
    "{event}",
    "Events that wait with those keys.",
    PROJECTION,
  ),
  projectionUnreadable: largest(
    "leftfold.projection.unreadable",
    "{message}",
    "Messages of its logs that nobody can read, and that no operator has stepped over.",
    PROJECTION,
  ),
  folded: counter(
    "leftfold.projection.messages",
    "{message}",
    "Messages of the log given to a projection to fold.",
    PROJECTION,
  ),
  storeDuration: seconds(
    "db.client.operation.duration",
    "How long an operation of the store took, waiting for a connection included. error.type is " +
      "the failure.",
    ...["db.system.name", "db.operation.name", "error.type"],
  ),
  poolBusy: gauge(
    "leftfold.postgres.operations",
    "{operation}",
    "Operations of the store under way: those above the connections of their pool wait.",
    POOL,
  ),
  poolSize: gauge(
    "leftfold.postgres.connections.limit",
    "{connection}",
    "The connections of a pool.",
    POOL,
  ),
} as const

const ofPolicies = {
  policyLag: largest(
    "leftfold.policy.lag",
    "{message}",
    "Messages of a log that a policy has not done; for the policy timers, due timers.",
    ...[POLICY, CONTEXT],
  ),
  policyStuck: gauge(
    "leftfold.policy.stuck",
    "{message}",
    "Events and timers that are tried again now.",
    POLICY,
  ),
  policyStuckTime: largest(
    "leftfold.policy.stuck.time",
    "s",
    "For how long the first of those has failed; 0 when none does.",
    POLICY,
  ),
  policySlow: gauge(
    "leftfold.policy.slow",
    "{message}",
    "Attempts that have been running for longer than usual.",
    POLICY,
  ),
  policyParked: largest(
    "leftfold.policy.parked",
    "{message}",
    "Events and timers that were given up and wait for an operator.",
    POLICY,
  ),
  policyParkedLimit: largest(
    "leftfold.policy.parked.limit",
    "{message}",
    "How many a policy may park; more are tried on.",
  ),
  policyUnreadable: largest(
    "leftfold.policy.unreadable",
    "{message}",
    "Messages of the logs that policies passed over since the start, because nobody can read them.",
  ),
  timersWaiting: largest(
    "leftfold.timers.waiting",
    "{timer}",
    "Timers that wait, or have fired and are not done.",
    CONTEXT,
  ),
} as const

const ofGateways = {
  requestDuration: seconds(
    "http.server.request.duration",
    "How long an HTTP request took until its answer began.",
    ...["http.request.method", "http.route", "http.response.status_code"],
  ),
  requestsInFlight: gauge(
    "leftfold.http.in_flight",
    "{request}",
    "HTTP requests not answered yet.",
  ),
  liveStreams: gauge("leftfold.live.streams", "{stream}", "Streams of live queries that are open."),
  liveStreamsLimit: gauge("leftfold.live.streams.limit", "{stream}", "How many may be open."),
  liveQuestions: gauge(
    "leftfold.live.questions",
    "{question}",
    "Different questions that those streams watch.",
  ),
  liveUnread: gauge("leftfold.live.unread", "By", "Bytes that clients of streams have not read."),
  liveUnreadLimit: gauge("leftfold.live.unread.limit", "By", "How many they may leave unread."),
} as const

const ofProcesses = {
  connected: gauge(
    "leftfold.nats.connected",
    "{connection}",
    "1 if the role's connection to NATS is up, otherwise 0.",
    ROLE,
  ),
  refusedReplies: largest(
    "leftfold.replies.refused",
    "{reply}",
    "Answers that were not sent, because the subject asked for is not an inbox.",
    ROLE,
  ),
  ready: largest(
    "leftfold.ready",
    "{role}",
    "1 if nothing is wrong with the role of this process, 0 if it is degraded or broken.",
    ROLE,
  ),
  broken: largest(
    "leftfold.broken",
    "{role}",
    "1 if a part of the role of this process does not work, otherwise 0.",
    ROLE,
  ),
  logLines: counter("leftfold.log.lines", "{line}", "Lines of the log.", "leftfold.level"),
  observationsFailed: counter(
    "leftfold.observations.failed",
    "{observation}",
    "How often a part of the process could not tell its metrics.",
  ),
} as const

/** All metrics. */
export const METRIC = {
  ...ofActors,
  ...ofProjections,
  ...ofPolicies,
  ...ofGateways,
  ...ofProcesses,
} as const satisfies Readonly<Record<string, MetricDefinition>>
