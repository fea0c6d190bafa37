/** The folder of locks: one file for each contract, one for policies, one for behaviour. */
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import type { Behaviour } from "./behaviour.ts"
import { BrokenLock, type ContractLock, lockText, readLock } from "./lock-file.ts"

/** The names of policies that were released: each is the identity of a position. */
export interface PolicyLock {
  readonly leftfold: 1
  readonly policies: readonly string[]
}

/** Everything that is locked of an application. */
export interface LockFolder {
  readonly contracts: ReadonlyMap<string, ContractLock>
  readonly policies: PolicyLock
  readonly behaviour: Behaviour
}

/** What is locked before the first release. */
export const NOTHING_LOCKED: LockFolder = {
  contracts: new Map(),
  policies: { leftfold: 1, policies: [] },
  behaviour: { leftfold: 1, machines: {} },
}

const POLICIES = "policies.json"
const BEHAVIOUR = "behaviour.json"

const readJson = async <T>(path: string, otherwise: T): Promise<T> => {
  let text: string
  try {
    text = await readFile(path, "utf8")
  } catch (error) {
    if ((error as { code?: string }).code === "ENOENT") return otherwise
    throw error
  }
  try {
    return JSON.parse(text) as T
  } catch (error) {
    throw new BrokenLock(`${path} is not JSON: restore it as it was committed`, { cause: error })
  }
}

const namesIn = async (folder: string): Promise<readonly string[]> => {
  try {
    return await readdir(folder)
  } catch (error) {
    if ((error as { code?: string }).code === "ENOENT") return []
    throw error
  }
}

/** Reads a folder; one that does not exist is empty. Rejects with `BrokenLock`. */
export const readLocks = async (folder: string): Promise<LockFolder> => {
  const contracts = new Map<string, ContractLock>()
  for (const name of (await namesIn(folder)).toSorted()) {
    if (!name.endsWith(".json") || name === POLICIES || name === BEHAVIOUR) continue
    const path = join(folder, name)
    const lock = readLock(await readFile(path, "utf8"), path)
    contracts.set(lock.contract, lock)
  }
  return {
    contracts,
    policies: await readJson(join(folder, POLICIES), NOTHING_LOCKED.policies),
    behaviour: await readJson(join(folder, BEHAVIOUR), NOTHING_LOCKED.behaviour),
  }
}

const behaviourText = ({ machines }: Behaviour): string => {
  const all = Object.keys(machines).toSorted().map((name) => {
    const { stamp, golden, histories } = machines[name]!
    const values = Object.entries(golden)
      .map(([version, results]) => `      ${JSON.stringify(version)}: ${JSON.stringify(results)}`)
    const lines = Object.entries(histories)
      .map(([events, result]) => `      ${JSON.stringify(events)}: ${JSON.stringify(result)}`)
    return `    ${JSON.stringify(name)}: { "stamp": ${JSON.stringify(stamp)}, "golden": {\n` +
      `${values.join(",\n")}\n    }, "histories": {\n${lines.join(",\n")}\n    } }`
  })
  return `{\n  "leftfold": 1,\n  "machines": {\n${all.join(",\n")}\n  }\n}\n`
}

/** Writes what is locked. Files of contracts that are not in it stay. */
export const writeLocks = async (folder: string, locks: LockFolder): Promise<void> => {
  await mkdir(folder, { recursive: true })
  for (const [name, lock] of locks.contracts) {
    await writeFile(join(folder, `${name}.json`), lockText(lock))
  }
  await writeFile(join(folder, POLICIES), `${JSON.stringify(locks.policies, null, 2)}\n`)
  await writeFile(join(folder, BEHAVIOUR), behaviourText(locks.behaviour))
}
