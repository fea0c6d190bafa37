/** Output of processes that run at the same time, printed one after the other. */

/** The output of one process. */
export interface Turn {
  print(text: string): void
  /** Says that nothing more comes, and answers the whole text. */
  close(): string
}

/** Prints the outputs in the order in which they were opened; the first open one as it comes. */
export class Turns {
  readonly #write: (text: string) => void
  readonly #open: { text: string; printed: number; closed: boolean }[] = []

  constructor(write: (text: string) => void) {
    this.#write = write
  }

  open(): Turn {
    const output = { text: "", printed: 0, closed: false }
    this.#open.push(output)
    return {
      print: (text) => {
        output.text += text
        this.#advance()
      },
      close: () => {
        output.closed = true
        this.#advance()
        return output.text
      },
    }
  }

  /** Prints what waits for its turn. */
  flush(): void {
    for (const output of this.#open) output.closed = true
    this.#advance()
  }

  #advance(): void {
    for (let first = this.#open[0]; first; first = this.#open[0]) {
      if (first.printed < first.text.length) this.#write(first.text.slice(first.printed))
      first.printed = first.text.length
      if (!first.closed) return
      this.#open.shift()
    }
  }
}
