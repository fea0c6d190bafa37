/** Locks an application: its contracts, its policies, and what its code makes of golden values. */
import type { AnyContract } from "../../contracts/internal.ts"
import type { AppDefinition } from "../app.ts"
import { record, type Recorded } from "./behaviour.ts"
import type { LockFolder } from "./folder.ts"
import { lockContract, type Locked, lockFollowed } from "./lock.ts"
import { type ContractLock, unlocked } from "./lock-file.ts"
import { stampedOf } from "./stamped.ts"

/** What is locked, and what locking added. */
export interface LockedApp {
  readonly locks: LockFolder
  readonly added: readonly string[]
  /** What exists only as code, so that only its golden values are compared: with the reason. */
  readonly unpersisted: readonly string[]
}

/**
 * Locks an application. `retire` names commands and policies that are gone for good, such as
 * `orders.order.PlaceOrder`. What was locked stays as it is.
 */
export const lockApp = (
  app: AppDefinition,
  before: LockFolder,
  retire: ReadonlySet<string> = new Set(),
): LockedApp => {
  const added: string[] = []
  const unpersisted: string[] = []
  const contracts = new Map<string, ContractLock>(before.contracts)
  const take = ({ lock, ...rest }: Locked) => {
    contracts.set(lock.contract, lock)
    added.push(...rest.added)
    unpersisted.push(...rest.unpersisted)
  }
  const lockOf = ({ name, was = "" }: AnyContract) => {
    const lock = before.contracts.get(name) ?? before.contracts.get(was) ?? unlocked(name)
    return { ...lock, contract: name }
  }
  for (const { contract } of app.actors) take(lockContract(contract, lockOf(contract), retire))
  for (const contract of app.follows) take(lockFollowed(contract, lockOf(contract)))
  const { policies } = before.policies
  const ours = app.policies.map(({ identity }) => identity)
  const kept = [...new Set([...policies, ...ours])].filter((name) => !retire.has(name)).toSorted()
  const changed = [...new Set([...policies, ...kept])]
    .filter((name) => policies.includes(name) !== kept.includes(name))
  added.push(...changed.map((name) => `the policy ${name}${retire.has(name) ? ": retired" : ""}`))
  const machines: Record<string, Recorded> = {}
  for (const stamped of stampedOf(app)) {
    const { name } = stamped.machine
    machines[name] = record(stamped, contracts, before.behaviour.machines[name])
  }
  return {
    locks: {
      contracts,
      policies: { leftfold: 1, policies: kept },
      behaviour: { leftfold: 1, machines },
    },
    added,
    unpersisted,
  }
}
