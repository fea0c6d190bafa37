/** The behaviour of all keepers of snapshots: the suite that the twins share. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import type { Snapshots } from "./snapshots.ts"

/** Runs the suite; `written` resolves when all snapshots written before can be read. */
export const snapshotsSuite = (
  open: () => Promise<{ snapshots: Snapshots; written: () => Promise<void> }>,
): void => {
  test("the latest snapshot of an actor is read, and of no other actor", async () => {
    const { snapshots, written } = await open()
    assert.equal(await snapshots.read("bank.account", "a-1"), undefined)
    snapshots.write("bank.account", "a-1", Uint8Array.of(1))
    snapshots.write("bank.account", "a-1", Uint8Array.of(2))
    snapshots.write("bank.account", "a-2", Uint8Array.of(3))
    snapshots.write("bank.loan", "a-1", Uint8Array.of(4))
    snapshots.write("bank.account", "ada@example.com", Uint8Array.of(5))
    snapshots.write("bank.account", "\u65e5".repeat(128), Uint8Array.of(6))
    await written()
    const read = async (name: string, id: string) => [...await snapshots.read(name, id) ?? []]
    assert.deepEqual(await read("bank.account", "a-1"), [2])
    assert.deepEqual(await read("bank.account", "a-2"), [3])
    assert.deepEqual(await read("bank.loan", "a-1"), [4])
    assert.deepEqual(await read("bank.loan", "a-2"), [])
    assert.deepEqual(await read("bank.account", "ada@example.com"), [5])
    assert.deepEqual(await read("bank.account", "\u65e5".repeat(128)), [6])
  })
}
