/** The schedule: what happens next, in virtual time. */

/** One thing that happens. It can be asynchronous where a handler of a policy is. */
export type Task = () => void | Promise<void>

interface Planned {
  readonly at: number
  /** Of two tasks at the same time, the one that was planned first happens first. */
  readonly order: number
  readonly task: Task
}

const isBefore = (one: Planned, other: Planned): boolean =>
  one.at < other.at || (one.at === other.at && one.order < other.order)

/** Tasks in the order of their times: a binary heap. */
export class Schedule {
  /** The virtual time, in milliseconds since 1970. */
  now: number
  readonly #heap: Planned[] = []
  #planned = 0

  constructor(now: number) {
    this.now = now
  }

  /** How many tasks are planned. */
  get size(): number {
    return this.#heap.length
  }

  /** Plans a task for a time, or for this moment if that is past. */
  at(time: number, task: Task): void {
    const heap = this.#heap
    const planned = { at: Math.max(time, this.now), order: this.#planned++, task }
    let index = heap.length
    heap.push(planned)
    while (index > 0) {
      const parent = (index - 1) >> 1
      const above = heap[parent]!
      if (!isBefore(planned, above)) break
      heap[index] = above
      index = parent
    }
    heap[index] = planned
  }

  /** Plans a task for a number of milliseconds from now. */
  in(milliseconds: number, task: Task): void {
    this.at(this.now + milliseconds, task)
  }

  /** Takes the next task and moves the time to it; undefined if nothing is planned. */
  next(): Task | undefined {
    const heap = this.#heap
    const first = heap[0]
    if (!first) return undefined
    const last = heap.pop()!
    if (heap.length > 0) this.#sink(last)
    this.now = first.at
    return first.task
  }

  #sink(planned: Planned): void {
    const heap = this.#heap
    let index = 0
    for (;;) {
      let child = index * 2 + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++
      if (!isBefore(heap[child]!, planned)) break
      heap[index] = heap[child]!
      index = child
    }
    heap[index] = planned
  }
}
