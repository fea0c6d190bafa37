/** A start problem: why an application cannot start, and what an operator can do about it. */

/** One sentence that names the setting, what is wrong and what to do. It holds no secrets. */
export class StartProblem extends Error {
  override readonly name = "StartProblem"
}
