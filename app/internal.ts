/** The parts of this room that other rooms may import. */
export type { AppDefinition } from "./app.ts"
export type { Manifest } from "./operations/backup-manifest.ts"
export { deployFiles, startCommand } from "./deploy/deploy-files.ts"
export { withSecrets } from "./deploy/secrets.ts"
export { textDiff } from "./deploy/text-diff.ts"
export { writePrivateFile } from "./operations/private-files.ts"
export { appTypes } from "./operations/app-types.ts"
export { makeBackup, readBackup } from "./operations/backup.ts"
export { DATABASE_ROLES } from "./operations/database-roles.ts"
export { withUser } from "./operations/nats-users.ts"
export { followersIn, USERS } from "./operations/users.ts"
export {
  compareStreams,
  provisionStreams,
  type StreamDifference,
  updateStreams,
} from "./operations/provision-nats.ts"
export { scriptCommand } from "./development/script-command.ts"
export { knownToViews } from "./operations/known-to-views.ts"
export { checkSchemas, type SchemaReport } from "./schema/check.ts"
export { breaks, type Finding } from "./schema/finding.ts"
export { NOTHING_LOCKED, readLocks, writeLocks } from "./schema/folder.ts"
export { moveActors } from "./transfer/move.ts"
export { lockApp } from "./schema/lock-app.ts"
export { protoFiles, readProtoFiles, writeProtoFiles } from "./schema/proto.ts"
export { type LogSample, sampleLog } from "./schema/sample.ts"
export {
  followsElsewhere,
  hasFollower,
  namesFollowed,
  namesOf,
  natsAccessVariable,
  type NatsLogin,
  natsLogin,
} from "./operations/nats-login.ts"
export { followedContexts } from "./follows/follows.ts"
export { hostsOf, postgresServer } from "./operations/server-address.ts"
export { type Link, policyOf, type ShownCommand, type ShownEvent } from "./insight/cause.ts"
export { type Flow, flow, type FlowStep } from "./insight/flow.ts"
export type { Insight } from "./insight/insight.ts"
export { openInsight } from "./insight/open-insight.ts"
export { CostlyScan } from "./insight/scan.ts"
export { type EventReference, type Why, why } from "./insight/why.ts"
export { storageHealth } from "./operations/storage-health-nats.ts"
export { actorIds } from "./transfer/actor-ids.ts"
export type { WrongLine } from "./transfer/actor-import.ts"
export { exportActor, exportContext, type Exported } from "./transfer/export.ts"
export { checkImport, importFile, type ImportOptions } from "./transfer/import.ts"
export { restoreBackup } from "./operations/restore-nats.ts"
export { Replicas } from "./replicas.ts"
export { askRoles, totalHealth } from "./readiness.ts"
export { stepOver } from "./operations/step-over.ts"
export { injectAll } from "./development/chaos/injection.ts"
export { readLog } from "./development/chaos/log-nats.ts"
export {
  ALL_DEEDS,
  planOf,
  type RunOptions as ChaosOptions,
  TARGETS,
} from "./development/chaos/plan.ts"
export { settle } from "./development/chaos/settle-nats.ts"
export { onStand, type Stand } from "./development/chaos/stand.ts"
export { develop } from "./development/loop/develop.ts"
export { type Alongside, serveDevelopment } from "./development/loop/app-side.ts"
export { isLoopback, isSameSecret, LOOPBACK_HOSTS, serveGateway } from "../gateway/internal.ts"
export { hasColors } from "./log-settings.ts"
export { runApplication } from "./main.ts"
export type { Variables } from "./configuration.ts"
