/** The folders of `PATH` that are searched for programs. */
import { delimiter, isAbsolute } from "node:path"

/**
 * The absolute folders. An empty or relative part means the folder in which this process was
 * started, and a program that happens to be there must never run.
 */
export const foldersOnPath = (path = ""): ReadonlyArray<string> =>
  path.split(delimiter).filter((folder) => isAbsolute(folder))

/** The same folders as one text, for the environment of a child. */
export const safePath = (path: string | undefined): string | undefined =>
  path === undefined ? undefined : foldersOnPath(path).join(delimiter)
