/** Watches the files of an application, without those that it does not run on. */
import { type FSWatcher, watch } from "node:fs"
import { readdir, stat } from "node:fs/promises"
import { join, relative } from "node:path"
import { WATCHED } from "../../limits.ts"
import { ServerError } from "../server-error.ts"

/** Folders of tools, and of what is built or installed. */
const OTHERS = new Set(["node_modules", "dist", "build", "coverage"])

/** Files that an application does not run on, and what editors write while they save. */
const UNUSED = /^\.|~$|\.(md|http|swp|tmp|log)$|\.test\.[a-z]+$|^\d+$/

/** A running watch. */
export interface Watching {
  readonly stop: () => void
}

const isWatched = (name: string): boolean => !name.startsWith(".") && !OTHERS.has(name)

/** What identifies the content of a file; undefined when there is no such file. */
const stampOf = async (path: string): Promise<string | undefined> => {
  const found = await stat(path).catch(() => undefined)
  return found?.isFile() ? `${found.mtimeMs} ${found.size}` : undefined
}

class Watch {
  readonly #root: string
  readonly #changed: (path: string) => void
  readonly #stamps = new Map<string, string | undefined>()
  readonly #watchers = new Map<string, FSWatcher>()

  constructor(root: string, changed: (path: string) => void) {
    this.#root = root
    this.#changed = changed
  }

  /** Watches a folder and those in it. `isNew` reports the files that it finds. */
  async add(folder: string, isNew: boolean): Promise<void> {
    if (this.#watchers.has(folder)) return
    if (this.#watchers.size === WATCHED.folders) {
      throw new ServerError(
        `${this.#root} has more than ${WATCHED.folders} folders, which are too many to watch: ` +
          "run the application from a folder of its own",
      )
    }
    const watcher = watch(folder, (_event, name) => void this.#look(folder, String(name ?? "")))
    watcher.on("error", () => this.#forget(folder))
    this.#watchers.set(folder, watcher)
    for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
      const path = join(folder, entry.name)
      if (entry.isDirectory() && isWatched(entry.name)) await this.add(path, isNew)
      if (!entry.isFile() || UNUSED.test(entry.name)) continue
      this.#stamps.set(path, await stampOf(path))
      if (isNew) this.#changed(relative(this.#root, path))
    }
  }

  stop(): void {
    for (const watcher of this.#watchers.values()) watcher.close()
    this.#watchers.clear()
  }

  #forget(folder: string): void {
    this.#watchers.get(folder)?.close()
    this.#watchers.delete(folder)
  }

  /** Looks at what an event was about. Systems report a change several times, or without one. */
  async #look(folder: string, name: string): Promise<void> {
    const path = join(folder, name)
    const found = await stat(path).catch(() => undefined)
    if (found?.isDirectory()) {
      if (isWatched(name)) await this.add(path, true)
      return
    }
    if (found === undefined && this.#watchers.has(path)) return this.#forget(path)
    if (UNUSED.test(name)) return
    const stamp = await stampOf(path)
    if (stamp === this.#stamps.get(path)) return
    this.#stamps.set(path, stamp)
    this.#changed(relative(this.#root, path))
  }
}

/**
 * Calls back with the path of each file below `root` that is written, made or removed. Rejects when
 * there are too many folders.
 */
export const watchFiles = async (
  root: string,
  changed: (path: string) => void,
): Promise<Watching> => {
  const watching = new Watch(root, changed)
  await watching.add(root, false)
  return watching
}
