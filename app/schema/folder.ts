/** The folder of locks: one file for each contract, one for policies, one for behaviour. */
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import type { Behaviour } from "./behaviour.ts"
import { isMap } from "../../wire/internal.ts"
import { BrokenLock, type ContractLock, lockJson, lockText, readLock } from "./lock-file.ts"

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

const isTexts = (value: unknown): boolean =>
  isMap(value) && Object.values(value).every((each) => typeof each === "string")

const isPolicies = (value: unknown): value is PolicyLock =>
  isMap(value) && Array.isArray(value.policies) &&
  value.policies.every((each) => typeof each === "string")

const isBehaviour = (value: unknown): value is Behaviour =>
  isMap(value) && isMap(value.machines) &&
  Object.values(value.machines).every((machine) =>
    isMap(machine) && typeof machine.stamp === "string" && isTexts(machine.golden) &&
    isTexts(machine.histories)
  )

/** The JSON of a file, or what stands for a file that does not exist. */
const readJson = async <T>(
  path: string,
  isKind: (value: unknown) => value is T,
  otherwise: T,
): Promise<T> => {
  let text: string
  try {
    text = await readFile(path, "utf8")
  } catch (error) {
    if ((error as { code?: string }).code === "ENOENT") return otherwise
    throw error
  }
  const value = lockJson(text, path)
  if (isKind(value)) return value
  throw new BrokenLock(`${path} is not a lock file of this version: restore it`)
}

/** The lock of the contract that a file is named after. */
const contractLock = async (folder: string, name: string): Promise<ContractLock> => {
  const path = join(folder, name)
  const lock = readLock(await readFile(path, "utf8"), path)
  if (name === `${lock.contract}.json`) return lock
  // A second file of a contract would replace what the first one has locked.
  throw new BrokenLock(
    `${path} is a lock of "${lock.contract}", whose file has another name: remove the copy`,
  )
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
    const lock = await contractLock(folder, name)
    contracts.set(lock.contract, lock)
  }
  return {
    contracts,
    policies: await readJson(join(folder, POLICIES), isPolicies, NOTHING_LOCKED.policies),
    behaviour: await readJson(join(folder, BEHAVIOUR), isBehaviour, NOTHING_LOCKED.behaviour),
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
