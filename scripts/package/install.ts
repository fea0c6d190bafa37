/** Installs the packages of a folder that has a lock of its own, only when they are needed. */
import { stat } from "node:fs/promises"
import { join } from "node:path"
import { runCommand } from "../../app/development/command.ts"

// The settings of the repository's .npmrc, which npm does not read for other folders.
const FLAGS = [
  "--ignore-scripts",
  "--no-audit",
  "--no-fund",
  "--omit-lockfile-registry-resolved",
]

const TIMEOUT_MS = 300_000

const changedMs = async (folder: string, file: string): Promise<number> =>
  (await stat(join(folder, file)).catch(() => undefined))?.mtimeMs ?? 0

/** Installs what the folder's package-lock.json says, unless that is done. Rejects if it fails. */
export const installPackages = async (folder: string): Promise<void> => {
  const installedMs = await changedMs(
    folder,
    "node_modules/.package-lock.json",
  )
  if (installedMs > await changedMs(folder, "package-lock.json")) return
  const args = ["ci", "--prefix", folder, ...FLAGS]
  const { exitCode, output } = await runCommand("npm", args, {
    folder,
    timeoutMs: TIMEOUT_MS,
  })
  if (exitCode !== 0) {
    throw new Error(
      `the packages of ${folder} could not be installed: ${output}`,
    )
  }
}
