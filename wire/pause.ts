/** Pauses: waiting for a time, or for work until a time has passed. */

/** Resolves after this many milliseconds. */
export const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, ms))

/** Resolves to whether the work was done within this many milliseconds. Rejects when it does. */
export const within = async (ms: number, work: Promise<unknown>): Promise<boolean> => {
  let timer: ReturnType<typeof setTimeout> | undefined
  const over = new Promise<boolean>((resolve) => timer = setTimeout(() => resolve(false), ms))
  try {
    return await Promise.race([work.then(() => true), over])
  } finally {
    clearTimeout(timer)
  }
}
