/** The parts of this room that other rooms may import. */
export type { AppDefinition } from "./app.ts"
export type { Manifest } from "./operations/backup-manifest.ts"
export { appTypes } from "./operations/app-types.ts"
export { makeBackup, readBackup } from "./operations/backup.ts"
export { DATABASE_ROLES } from "./operations/database-roles.ts"
export { withUser } from "./operations/nats-users.ts"
export { USERS } from "./operations/users.ts"
export {
  compareStreams,
  provisionStreams,
  type StreamDifference,
  updateStreams,
} from "./operations/provision-nats.ts"
export { scriptCommand } from "./development/script-command.ts"
export { knownToViews } from "./operations/known-to-views.ts"
export { hostsOf, natsServers, postgresServer } from "./operations/server-address.ts"
export { storageHealth } from "./operations/storage-health-nats.ts"
export { actorIds } from "./transfer/actor-ids.ts"
export type { WrongLine } from "./transfer/actor-import.ts"
export { exportActor, exportContext, type Exported } from "./transfer/export.ts"
export { checkImport, importFile, type ImportOptions } from "./transfer/import.ts"
export { restoreBackup } from "./operations/restore-nats.ts"
export { Replicas } from "./replicas.ts"
export { askRoles } from "./readiness.ts"
export { stepOver } from "./operations/step-over.ts"
export { develop } from "./development/loop/develop.ts"
export { serveDevelopment } from "./development/loop/app-side.ts"
export { hasColors } from "./log-settings.ts"
export { runApplication } from "./main.ts"
export type { Variables } from "./configuration.ts"
