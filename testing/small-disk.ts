/** A disk of a few bytes, in memory, for tests of what happens when it is full; root alone has one. */
import { chmod } from "node:fs/promises"
import process from "node:process"
import { runCommand } from "../app/development/command.ts"
import { makeTemporaryFolder, removeFolder, type TestScope } from "./temporary-folder.ts"

/** A disk that is there until the test ends. */
export interface SmallDisk {
  readonly folder: string
  /** Makes it larger or smaller. */
  readonly resize: (kilobytes: number) => Promise<void>
}

const mount = async (...args: readonly string[]): Promise<void> => {
  const { exitCode, output } = await runCommand("mount", args)
  if (exitCode !== 0) throw new Error(output)
}

/** Makes one; resolves to why there can be no such disk here. */
export const smallDisk = async (
  scope: TestScope,
  kilobytes: number,
): Promise<SmallDisk | { readonly missing: string }> => {
  if (process.platform !== "linux" || process.getuid?.() !== 0) {
    return { missing: "only root on Linux can make a small disk" }
  }
  const folder = await makeTemporaryFolder()
  try {
    await mount("-t", "tmpfs", "-o", `size=${kilobytes}k`, "tmpfs", folder)
    await chmod(folder, 0o755)
  } catch (error) {
    await removeFolder(folder)
    return { missing: `no small disk can be made here: ${error}` }
  }
  scope.after(async () => {
    // What is still open there goes with the last one that has it open.
    await runCommand("umount", ["-l", folder])
    await removeFolder(folder)
  })
  return { folder, resize: (size) => mount("-o", `remount,size=${size}k`, folder) }
}
