/** Packs the built packages as tarballs, and refuses those that hold too much. */
import { execFile } from "node:child_process"
import { join } from "node:path"
import { promisify } from "node:util"
import type { Built } from "./build.ts"
import { flawsOf, type Packed } from "./contents.ts"

/** The tarballs of a build. */
export interface Tarballs {
  readonly leftfold: string
  readonly client: string
  readonly create: string
}

const packOne = async (folder: string, target: string): Promise<Packed> => {
  const args = ["pack", "--json", "--ignore-scripts", "--pack-destination", target]
  const { stdout } = await promisify(execFile)("npm", args, {
    cwd: folder,
    maxBuffer: 64 * 1_048_576,
  })
  const described: unknown = JSON.parse(stdout)
  // npm 12 names the packages; older ones list them.
  const [packed] = Object.values(described as Record<string, Packed>)
  if (packed === undefined) throw new Error(`npm packed nothing in ${folder}`)
  return packed
}

/** Packs the packages into `target`. Rejects with what is wrong with their contents. */
export const packPackages = async (built: Built, target: string): Promise<Tarballs> => {
  const packed = await Promise.all([
    packOne(built.leftfold, target),
    packOne(built.client, target),
    packOne(built.create, target),
  ])
  const flaws = packed.flatMap(flawsOf)
  if (flaws.length > 0) throw new Error(flaws.join("\n"))
  return {
    leftfold: join(target, packed[0].filename),
    client: join(target, packed[1].filename),
    create: join(target, packed[2].filename),
  }
}
