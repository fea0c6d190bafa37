/** The folders of `PATH` in which programs are looked for. */
import { delimiter, isAbsolute } from "node:path"

/**
 * The absolute ones. An empty or relative part means the folder that this process was started in,
 * and a program that happens to lie there is never run.
 */
export const foldersOnPath = (path = ""): ReadonlyArray<string> =>
  path.split(delimiter).filter((folder) => isAbsolute(folder))

/** The same as one text, for the environment of a child. */
export const safePath = (path: string | undefined): string | undefined =>
  path === undefined ? undefined : foldersOnPath(path).join(delimiter)
