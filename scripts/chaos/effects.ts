/** Checks what follows from the log: the rows of views, and the commands of policies. */
import { policyCommandId } from "../../actors/policies/event-attempts.ts"
import { recordedEvents } from "../../wire/internal.ts"
import type { FoldedProjection } from "../../projections/internal.ts"
import type { Logged, Shown } from "./history.ts"
import { Accounts, Receipts, receipts } from "./vault.ts"
import type { Findings } from "./verdict.ts"

const foldOf = (projection: FoldedProjection, log: readonly Logged[]): Map<string, object> => {
  const rows = new Map<string, object>()
  const contracts = new Map(projection.from.map((contract) => [contract.name, contract]))
  for (const { name, id, commit } of log) {
    const contract = contracts.get(name)
    if (!contract) continue
    for (const { event, meta } of recordedEvents(contract, id, commit)) {
      const key = projection.keyOf(event, meta)
      if (key === undefined) continue
      const row = projection.fold(rows.get(key), event, meta)
      if (row) rows.set(key, row)
      else rows.delete(key)
    }
  }
  return rows
}

const textOf = (row: object | undefined): string =>
  row ? JSON.stringify(Object.entries(row).sort()) : "nothing"

/** Reports every row that a fold of the log does not give. */
export const checkView = (
  { projection, rows }: Shown,
  log: readonly Logged[],
  findings: Findings,
): void => {
  const wanted = foldOf(projection, log)
  const shown = new Map(rows.map((row) => [String(row[projection.keyColumn]), row]))
  for (const key of new Set([...wanted.keys(), ...shown.keys()])) {
    const [is, should] = [textOf(shown.get(key)), textOf(wanted.get(key))]
    if (is === should) continue
    findings.add("viewDrift", `${projection.name} ${key} is ${is}; the log gives ${should}`)
  }
}

/**
 * Reports every event of an account without exactly one receipt, and every receipt without an
 * event.
 */
export const checkReceipts = (log: readonly Logged[], findings: Findings): void => {
  const kept = new Map<string, number>()
  for (const { name, commit } of log) {
    if (name !== Receipts.name) continue
    for (const { command } of commit.events) kept.set(command, (kept.get(command) ?? 0) + 1)
  }
  for (const { name, id, commit } of log) {
    if (name !== Accounts.name) continue
    for (const recorded of recordedEvents(Accounts, id, commit)) {
      const command = policyCommandId(receipts, recorded, 0)
      const count = kept.get(command) ?? 0
      kept.delete(command)
      if (count === 0) findings.add("lost", `${command} was never asked`)
      if (count > 1) findings.add("duplicated", `${command} was done ${count} times`)
    }
  }
  for (const command of kept.keys()) {
    findings.add("duplicated", `${command} is kept, though no event asked for it`)
  }
}
