/** The senders of commands: who they are, what they may send, and what they may learn. */
import { Forbidden } from "../../contracts/internal.ts"
import {
  type Access,
  failureOf,
  HEADER,
  type Incoming,
  type PrincipalSeals,
  type User,
  userOfMessage,
} from "../../wire/internal.ts"

/** The senders of commands, by the seals and the rules of a host. */
export class Senders {
  readonly #seals: PrincipalSeals | undefined
  readonly #access: Access | undefined

  constructor(seals: PrincipalSeals | undefined, access: Access | undefined) {
    this.#seals = seals
    this.#access = access
  }

  /** The sender of a message. Without rules, one without a principal costs one look. */
  userOf(message: Incoming): User | undefined {
    if (this.#access) return this.#access.userOf(message)
    if (message.headers[HEADER.principal] === undefined) return undefined
    return userOfMessage(this.#seals, message)
  }

  /** Refuses a command that its sender is not told of, before anything of it is said. */
  checkTold(name: string, type: string, user: User | undefined): void {
    this.#access?.checkCommand(name, type, user)
  }

  /** Refuses a command that a rule does not let its sender send. */
  check(command: Parameters<Access["checkActor"]>[0], user: User | undefined): void {
    this.#access?.checkActor(command, user)
  }

  /**
   * Refuses a command of a policy that no process of the system has sealed. Where there are rules,
   * a subject alone is no proof: not every nats-server has users.
   */
  checkPolicy(user: User | undefined): void {
    if (!this.#access || user) return
    throw new Forbidden({
      message: "a command of a policy needs a seal where the application has users: run policies " +
        "with the same LEFTFOLD_PRINCIPAL_KEYS",
    })
  }

  /** Whether a sender may learn the version of an actor from a precondition. */
  maySeeVersion(name: string, id: string, user: User | undefined): boolean {
    try {
      this.#access?.checkActor({ name, id, type: "state", data: {} }, user)
      return true
    } catch (error) {
      // The rule of the state may have a bug. That is logged, and nothing is shown.
      failureOf(error, `the rule for the state of ${name}`)
      return false
    }
  }
}
