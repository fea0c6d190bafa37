/** Compiles the sources of the project once for all processes of a test run. */
import { join } from "node:path"
import { build } from "esbuild"
import { makeTemporaryFolder, removeFolder } from "../../testing/temporary-folder.ts"
import { writeBundle } from "./bundle.ts"

/** A compiled project. */
export interface Compiled {
  /** Holds each source by its absolute path, as JavaScript with its source map, and the bundle. */
  readonly folder: string
  /** Deletes it. */
  readonly stop: () => Promise<void>
}

/** Compiles sources, which are paths from `root`. Rejects when one of them is no TypeScript. */
export const compileSources = async (
  root: string,
  sources: readonly string[],
): Promise<Compiled> => {
  const folder = await makeTemporaryFolder()
  const stop = () => removeFolder(folder)
  try {
    const sourcesBuilt = build({
      absWorkingDir: root,
      entryPoints: [...sources],
      outdir: join(folder, root),
      outbase: root,
      format: "esm",
      target: "node20",
      sourcemap: "inline",
      sourcesContent: false,
      logLevel: "silent",
    })
    await Promise.all([sourcesBuilt, writeBundle(root, sources, folder)])
    return { folder, stop }
  } catch (error) {
    await stop()
    throw error
  }
}
