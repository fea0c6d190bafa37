/** Reading your own writes: what `Leftfold-After` adds to a query, on an idle system. */
import { withScope } from "../peers/scope.ts"
import { median, type Row } from "../table.ts"
import { deposit } from "./deposits.ts"
import { makeReadStand } from "./read-stand.ts"

const WARM_UP = 100

const timeOf = async (run: () => Promise<unknown>): Promise<number> => {
  const started = performance.now()
  await run()
  return performance.now() - started
}

/** Deposits one after another. After each, one query waits for it and one does not. */
export const afterRow = (times: number): Promise<Row> =>
  withScope(async (scope) => {
    const { wire, client } = await makeReadStand(scope)
    const [waiting, plain]: [number[], number[]] = [[], []]
    for (let each = 0; each < WARM_UP + times; each++) {
      const sequence = await deposit(wire, "one", each, each)
      const key = { key: "one" }
      const after = `bench:${sequence}`
      const tookAfter = await timeOf(() => client.queryPlain("bench.balances", key, { after }))
      const tookPlain = await timeOf(() => client.queryPlain("bench.balances", key))
      if (each < WARM_UP) continue
      waiting.push(tookAfter)
      plain.push(tookPlain)
    }
    const [after, without] = [median(waiting), median(plain)]
    return {
      name: "a query with Leftfold-After",
      p50Ms: after,
      p99Ms: waiting.sort((one, other) => one - other)[Math.floor(times * 0.99)] ?? 0,
      goal: "p50 ≤ 15 ms more",
      note: `p50 without it ${without.toFixed(2)} ms: ${(after - without).toFixed(2)} ms more`,
    }
  })
