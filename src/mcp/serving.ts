/** What the tool server tells the team's records, and asks them. */
export interface Serving {
  /** Once, when the client is there. */
  onStart(): Promise<void>
  /** Once, after that and before the first call is carried out. */
  onFirstCall(): Promise<void>
  /** Once, with the Codex conversation that the first call comes from. */
  onConversation(threadId: string): Promise<void>
  /** Once, when the client is gone or the process is told to end. */
  onEnd(): Promise<void>
  /** Whether the folder belongs to the project of `repoPath`; false, too, for a folder that belongs to none. */
  sameProject(folder: string): Promise<boolean>
  /** Whether the folder is in a worktree that was made for a worker. */
  isWorkerWorktree(folder: string): Promise<boolean>
}

/** A tool server that keeps no records and touches any project. */
export const unrecorded: Serving = {
  onStart: async () => undefined,
  onFirstCall: async () => undefined,
  onConversation: async () => undefined,
  onEnd: async () => undefined,
  sameProject: async () => true,
  isWorkerWorktree: async () => false,
}
