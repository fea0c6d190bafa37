/** A time limit for what code of users returns, because a promise may never settle. */

/** Work that did not end in time. It may still be running. */
class TookTooLong extends Error {
  override readonly name = "TookTooLong"
}

/** The result of a promise. Rejects with `TookTooLong` when it does not settle in time. */
export const within = <A>(limitMs: number, promise: Promise<A>): Promise<A> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      const limit = `${limitMs.toLocaleString("en")} ms`
      reject(new TookTooLong(`the handler has not returned within ${limit} (timeLimit)`))
    }, limitMs)
    promise.then(resolve, reject).finally(() => clearTimeout(timer))
  })
