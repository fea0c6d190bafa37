/** Membership: which live worker has which lane. */
import { shortHash } from "../hash.ts"

/** A worker, as the others see it. */
export interface Member {
  /** A new one whenever a worker starts. */
  readonly id: string
  /** What it folds: `<projection>@<version>`. */
  readonly hosts: readonly string[]
}

/** The name under which a worker announces that it folds this version of a projection. */
export const hosted = (projection: string, version: string): string => `${projection}@${version}`

/**
 * The worker that has a lane, by rendezvous hashing: each worker is equally likely, and one that
 * joins or leaves moves only its own lanes. Undefined if no worker hosts it.
 */
export const ownerOf = (
  members: readonly Member[],
  host: string,
  generation: number,
  lane: number,
): string | undefined => {
  let owner: string | undefined
  let highest = ""
  for (const { id, hosts } of members) {
    if (!hosts.includes(host)) continue
    const weight = shortHash(`${id} ${host} ${generation} ${lane}`) + id
    if (weight < highest) continue
    owner = id
    highest = weight
  }
  return owner
}
