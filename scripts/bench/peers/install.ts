/** Installs the peers into their own folder, only when a benchmark needs them. */
import { stat } from "node:fs/promises"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { runCommand } from "../../../app/development/command.ts"

const folder = fileURLToPath(new URL(".", import.meta.url))
// The settings of the repository's .npmrc, which npm does not read for this folder.
const flags = [
  "--ignore-scripts",
  "--no-audit",
  "--no-fund",
  "--omit-lockfile-registry-resolved",
]

const changedMs = async (file: string): Promise<number> =>
  (await stat(join(folder, file)).catch(() => undefined))?.mtimeMs ?? 0

/** Installs what package-lock.json says, unless it is installed. Throws if npm cannot. */
export const installPeers = async (): Promise<void> => {
  const installedMs = await changedMs("node_modules/.package-lock.json")
  if (installedMs > await changedMs("package-lock.json")) return
  const { exitCode, output } = await runCommand("npm", [
    "ci",
    "--prefix",
    folder,
    ...flags,
  ], {
    folder,
  })
  if (exitCode !== 0) {
    throw new Error(`the peers could not be installed: ${output}`)
  }
}
