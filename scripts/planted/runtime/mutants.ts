/** Mutants of the runtime: its source with one mistake each. */

/** One mistake: a text of a source file, which stands there once, and what replaces it. */
export interface Mutant {
  /** What the runtime does wrong, as a sentence. */
  readonly name: string
  readonly file: string
  readonly from: string
  readonly to: string
}

/** Every mistake. The model must refuse what each of them leads to. */
export const MUTANTS: readonly Mutant[] = [
  {
    name: "an append does not name what it must follow",
    file: "actors/journal/journal-nats.ts",
    from: "const headers = { [EXPECTED_SEQUENCE]: String(expected) }",
    to: "const headers: Record<string, string> = {}",
  },
  {
    name: "a command is answered before it is stored",
    file: "actors/host/mailbox.ts",
    from: "const span = TRACING === undefined ? undefined : appendSpan(name, commands)\n",
    to: "const span = undefined\n    this.#answer(turn, resident.sequence + 1)\n",
  },
  {
    name: "an actor does not remember the ids of its commands",
    file: "actors/host/turn.ts",
    from: "this.#resident.remembered.get(key) ?? this.#earlier(command, key)",
    to: 'undefined as ReturnType<Resident["remembered"]["get"]>',
  },
  {
    name: "commands of one turn do not see each other's events",
    file: "actors/host/turn.ts",
    from: "    this.#state = state\n    return",
    to: "    return",
  },
  {
    name: "each event is stored twice",
    file: "actors/host/turn.ts",
    from: "for (const event of events) this.#events.push(event)",
    to: "for (const event of events) this.#events.push(event, event)",
  },
  {
    name: "a policy asks under ids that do not come from its event",
    file: "actors/policies/event-attempts.ts",
    from: "policyCommandId(this.#policy, recorded, index, this.#isFollowed)\n",
    to: "`${policyCommandId(this.#policy, recorded, index)}-${Math.random()}`\n",
  },
  {
    name: "a policy takes some of its asks for done without sending them",
    file: "actors/policies/event-runner.ts",
    from: "return await this.following.ask(",
    to: "return meta.sequence % 3 === 0 ? undefined : await this.following.ask(",
  },
  {
    name: "a timer is not set",
    file: "actors/policies/event-runner.ts",
    from: "await timers.set(timerOf(policy, reaction, place))",
    to: "timerOf(policy, reaction, place)",
  },
  {
    name: "a cancelled timer fires",
    file: "actors/policies/event-runner.ts",
    from: "return await timers.cancel(policy.identity, namedKey(reaction.name))",
    to: "return void namedKey(reaction.name)",
  },
  {
    name: "a timer fires before it is due",
    file: "actors/policies/timers/stored-timer-nats.ts",
    from: "new Date(due.at).toISOString()",
    to: "new Date(due.at - 60_000).toISOString()",
  },
  {
    name: "a view folds events twice",
    file: "projections/worker/fold.ts",
    from: "let row = foldEvent(projection, key, known, recorded)\n",
    to: "let row = foldEvent(projection, key, known, recorded)\n" +
      "  row = foldEvent(projection, key, row, recorded)\n",
  },
  {
    name: "a view misses events",
    file: "projections/worker/row-folder.ts",
    from: "if (writer.wants(slice, event)) parts",
    to: "if (event.source.sequence % 4 > 0 && writer.wants(slice, event)) parts",
  },
]
