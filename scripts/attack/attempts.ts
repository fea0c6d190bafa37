/** Runs attacks, alone or in groups, and measures how long they hold the event loop. */
import { type Attack, ATTACK_LIMIT_MS, REQUEST_LOOP_MS, type Scene } from "./attack-case.ts"
import { messageOf } from "../../contracts/internal.ts"

/** The result of an attack. */
export interface Outcome {
  readonly name: string
  readonly expected: string
  /** The actual outcome; undefined when it was the expected one. */
  readonly came: string | undefined
  /** The longest hold of the event loop, in milliseconds; only for attacks of one request. */
  readonly loopMs?: number
}

/** The shop counts as hanging when its event loop is held for longer than this, in milliseconds. */
export const HANG_MS = 4_000

/** The most attacks that run together. */
const TOGETHER = 25
/** A group that holds the loop for longer is measured request by request, in milliseconds. */
const MEASURED_MS = 10
const TRIES = 3

const limited = async (attack: Attack, scene: Scene): Promise<string | undefined> => {
  const { limitMs = ATTACK_LIMIT_MS } = attack
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<string>((resolve) =>
    timer = setTimeout(() => resolve(`nothing within ${limitMs} ms`), limitMs)
  )
  const done = attack.run(scene).catch((error: unknown) => `failed: ${messageOf(error)}`)
  const came = await Promise.race([done, late])
  clearTimeout(timer)
  return came
}

/** Runs one attack. One that holds the loop for too long runs again: the machine may be busy. */
export const attemptAlone = async (attack: Attack, scene: Scene): Promise<Outcome> => {
  const { name, expected, isOneRequest = false } = attack
  const { victim } = scene
  if (!isOneRequest) return { name, expected, came: await limited(attack, scene) }
  let loopMs = Infinity
  for (let tries = 0; tries < TRIES && loopMs > REQUEST_LOOP_MS; tries++) {
    await victim.loop(HANG_MS).catch(() => undefined)
    const came = await limited(attack, scene)
    const state = await victim.loop(HANG_MS).catch(() => undefined)
    if (came !== undefined || !state) {
      return { name, expected, came: came ?? "the shop hangs", loopMs: state?.worstMs ?? HANG_MS }
    }
    loopMs = Math.min(loopMs, state.worstMs)
  }
  const came = loopMs > REQUEST_LOOP_MS
    ? `as expected, but the event loop was held for ${loopMs} ms of ${REQUEST_LOOP_MS}`
    : undefined
  return { name, expected, came, loopMs }
}

const isIndependent = (attack: Attack): boolean =>
  (attack.isOneRequest ?? false) || (attack.isIndependent ?? false)

/** Groups attacks in their order: independent neighbours share a group. */
export const groupsOf = (attacks: readonly Attack[]): readonly (readonly Attack[])[] => {
  const groups: Attack[][] = []
  let open: Attack[] | undefined
  for (const attack of attacks) {
    if (!isIndependent(attack)) {
      open = undefined
      groups.push([attack])
    } else if (open && open.length < TOGETHER) {
      open.push(attack)
    } else {
      groups.push(open = [attack])
    }
  }
  return groups
}

/**
 * Runs attacks together. `outcomes` are final. The attacks in `left` must run alone, because their
 * outcome was unexpected or because their group held the event loop for a while.
 */
export const attemptTogether = async (
  attacks: readonly Attack[],
  scene: Scene,
): Promise<{ readonly outcomes: readonly Outcome[]; readonly left: readonly Attack[] }> => {
  await scene.victim.loop(HANG_MS).catch(() => undefined)
  const came = await Promise.all(attacks.map((attack) => limited(attack, scene)))
  const loopMs = await scene.victim.loop(HANG_MS).then(({ worstMs }) => worstMs, () => HANG_MS)
  const outcomes: Outcome[] = []
  const left: Attack[] = []
  for (const [index, attack] of attacks.entries()) {
    const { name, expected, isOneRequest = false } = attack
    const isShort = isOneRequest ? loopMs <= MEASURED_MS : loopMs < HANG_MS
    if (came[index] !== undefined || !isShort) left.push(attack)
    else outcomes.push({ name, expected, came: undefined, ...isOneRequest ? { loopMs } : {} })
  }
  return { outcomes, left }
}
