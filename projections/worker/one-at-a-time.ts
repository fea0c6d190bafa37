/** Runs tasks one after another: each begins when the one before has ended, even if that failed. */
export const oneAtATime = (): <T>(task: () => Promise<T>) => Promise<T> => {
  let last: Promise<unknown> = Promise.resolve()
  return (task) => {
    const done = last.then(task)
    last = done.catch(() => {})
    return done
  }
}
