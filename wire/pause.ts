/** Pauses: waits for a time, or for work up to a time. */

/** Resolves after this many milliseconds. */
export const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, ms))

/** Resolves to whether the work finished within this many milliseconds; rejects if it fails. */
export const within = async (ms: number, work: Promise<unknown>): Promise<boolean> => {
  let timer: ReturnType<typeof setTimeout> | undefined
  const over = new Promise<boolean>((resolve) => timer = setTimeout(() => resolve(false), ms))
  try {
    return await Promise.race([work.then(() => true), over])
  } finally {
    clearTimeout(timer)
  }
}
