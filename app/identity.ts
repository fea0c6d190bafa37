/** The seals and the rules with which a process starts. */
import { ownSeals, principalSeals, reportWarning } from "../wire/internal.ts"
import { insteadOfDevelopment, isLoopback } from "../gateway/internal.ts"
import type { AppDefinition } from "./app.ts"
import { LOOPBACK } from "./listen.ts"
import { accessOf, type RoleParts, ROLES } from "./roles.ts"
import type { StartOptions } from "./start-options.ts"
import { StartProblem } from "./start-problem.ts"

/** What a process knows of who may do what. */
export type Identity = Pick<RoleParts, "seals" | "access">

/**
 * The seals and the rules of a process. Without keys, an application with users seals with random
 * ones, which no other process has. Throws `StartProblem` where another process would need them.
 */
export const identityOf = (app: AppDefinition, options: StartOptions): Identity => {
  const { principalKeys, roles = ROLES, developmentUser = false, profile, host = LOOPBACK } =
    options
  if (roles.every((role) => role === "provision")) return {}
  checkProof(app, options)
  if (developmentUser && (profile === "production" || !isLoopback(host))) {
    throw new StartProblem(
      "developmentUser takes strangers for somebody: use it on loopback only, and never in " +
        "production",
    )
  }
  try {
    if (principalKeys === undefined && app.users) {
      const missing = ROLES.some((role) => role !== "provision" && !roles.includes(role))
      if (missing || profile === "production") throw new StartProblem(withoutKeys(app))
    }
    const seals = principalKeys ? principalSeals(principalKeys) : app.users && ownSeals()
    return { seals, access: accessOf(app, seals, developmentUser) }
  } catch (error) {
    throw error instanceof TypeError ? new StartProblem(error.message) : error
  }
}

/** Throws `StartProblem` for a gateway that would take strangers at their word. */
const checkProof = (app: AppDefinition, options: StartOptions): void => {
  const { roles = ROLES, profile, host = LOOPBACK } = options
  const instead = insteadOfDevelopment(app.users)
  if (instead === undefined || !roles.includes("gateway")) return
  if (profile !== "production" && isLoopback(host)) return
  throw new StartProblem(
    `the gateway of ${app.name} would take everybody at their word (developmentUsers), which it ` +
      `does only on loopback and never in production: ${instead}`,
  )
}

/** Says what an application without users lets everybody do. */
export const warnOfStrangers = (
  { name, users }: AppDefinition,
  { profile }: StartOptions,
): void => {
  if (users || profile !== "production") return
  reportWarning(
    `${name} has no users: everybody who reaches its gateway or its NATS may send every public ` +
      "command, ask every query and see every row. Give it users and rules " +
      "(docs/guides/users-and-rules.md), or keep strangers away from it",
  )
}

const withoutKeys = ({ name }: AppDefinition): string =>
  `${name} has users, and its processes trust each other by LEFTFOLD_PRINCIPAL_KEYS: set it, the ` +
  "same for all of them (leftfold init secrets makes it)"
