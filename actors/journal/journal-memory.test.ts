/** Tests of the journal's memory twin: the shared suite. */
import { MemoryLog } from "../../wire/internal.ts"
import { journalSuite } from "./journal.suite.ts"
import { memoryJournal } from "./journal-memory.ts"

const journal = memoryJournal(new MemoryLog())

journalSuite(() => Promise.resolve(journal))
