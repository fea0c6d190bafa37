/** A disk of a few kilobytes, in memory, for tests of a full disk. */
import { chmod } from "node:fs/promises"
import process from "node:process"
import { runCommand } from "../app/development/command.ts"
import { makeTemporaryFolder, removeFolder, type TestScope } from "./temporary-folder.ts"

/** A disk that exists until the test ends. */
export interface SmallDisk {
  readonly folder: string
  /** Makes it larger or smaller. */
  readonly resize: (kilobytes: number) => Promise<void>
}

const mount = async (...args: readonly string[]): Promise<void> => {
  const { exitCode, output } = await runCommand("mount", args)
  if (exitCode !== 0) throw new Error(`no small disk can be made here: ${output}`)
}

const unmount = async (folder: string): Promise<void> => {
  // Files that are still open disappear when the last process closes them.
  await runCommand("umount", ["-l", folder])
  await removeFolder(folder)
}

const made = async (kilobytes: number): Promise<string> => {
  const folder = await makeTemporaryFolder()
  try {
    await mount("-t", "tmpfs", "-o", `size=${kilobytes}k`, "tmpfs", folder)
    await chmod(folder, 0o755)
    return folder
  } catch (error) {
    await removeFolder(folder)
    throw error
  }
}

/** Why such a disk is impossible here, for `skip`; false if it is possible. */
export const noSmallDisk: string | false = await (async () => {
  if (process.platform !== "linux" || process.getuid?.() !== 0) {
    return "only root on Linux can make a small disk"
  }
  try {
    await unmount(await made(64))
    return false
  } catch (error) {
    return String(error)
  }
})()

/** Makes such a disk. */
export const smallDisk = async (scope: TestScope, kilobytes: number): Promise<SmallDisk> => {
  const folder = await made(kilobytes)
  scope.after(() => unmount(folder))
  return { folder, resize: (size) => mount("-o", `remount,size=${size}k`, folder) }
}
