/** Membership: which of the workers that are alive has which lane. */
import { shortHash } from "../hash.ts"

/** A worker, as the others see it. */
export interface Member {
  /** Made anew whenever a worker starts. */
  readonly id: string
  /** What it folds: `<projection>@<version>`. */
  readonly hosts: readonly string[]
}

/** What a worker hosts that folds this version of a projection. */
export const hosted = (projection: string, version: string): string => `${projection}@${version}`

/**
 * The worker that has a lane, by rendezvous hashing: each is as likely as any other, and one that
 * comes or goes moves no lane but its own. Undefined when nobody hosts it.
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
