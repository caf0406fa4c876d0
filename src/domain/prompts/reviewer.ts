/** The editable checklist a planner reads before it accepts a hand-back. */
export const REVIEWER_TEMPLATE = `# Review of a hand-back

show_task names the branch of the task, the base_commit it starts at, and its worktree.

1. Read the handoff: what was asked, what was answered, what the worker says it ran.
2. Read the whole diff, in the worktree: \`git diff <base_commit>...HEAD\`. Is everything in it needed for the task, and nothing outside its scope?
3. Run every acceptance condition yourself in the worktree. What nobody ran is not proven.
4. Is there work that is not committed? It is named in the hand-back, and it is not part of the branch.
5. Would you accept this from a colleague: names, tests that can fail, errors that say what to do, no leftovers?

Accept with update_task and status done, then close_worker. Send back with resume_task and a note that says exactly what is missing, one point a line.
`
