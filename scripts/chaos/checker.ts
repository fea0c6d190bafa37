/** The checker: finds everything in the history of a run that must not be. Pure. */
import { checkAnswers } from "./answers.ts"
import { checkChains } from "./chains.ts"
import { checkReceipts, checkView } from "./effects.ts"
import type { History, Ownership, Replica } from "./history.ts"
import { Findings, type Verdict } from "./verdict.ts"

const stateOf = ({ messages, bytes, first, last }: Replica): string =>
  `${messages} messages of ${bytes} bytes, ${first} to ${last}`

const checkReplicas = (replicas: readonly Replica[], findings: Findings): void => {
  const first = new Map<string, Replica>()
  for (const replica of replicas) {
    const { stream, server, missing } = replica
    const other = first.get(stream) ?? replica
    first.set(stream, other)
    if (missing > 0) {
      findings.add("unlikeReplicas", `${server} has lost ${missing} messages of ${stream}`)
    }
    if (stateOf(replica) === stateOf(other)) continue
    const said = `${stream}: ${server} has ${stateOf(replica)}`
    findings.add("unlikeReplicas", `${said}; ${other.server} has ${stateOf(other)}`)
  }
}

const checkOwnership = (ownership: readonly Ownership[], findings: Findings): void => {
  for (const { context, owners } of ownership) {
    for (const [slice, owner] of owners.entries()) {
      if (owner === undefined) findings.add("unownedSlices", `slice ${slice} of ${context}`)
    }
  }
}

/** Checks a history. */
export const check = ({ asked, log, views, replicas, ownership }: History): Verdict => {
  const findings = new Findings()
  checkChains(log, findings)
  checkAnswers(asked, log, findings)
  checkReceipts(log, findings)
  for (const view of views) checkView(view, log, findings)
  checkReplicas(replicas, findings)
  checkOwnership(ownership, findings)
  return findings.verdict
}
