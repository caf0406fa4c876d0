import type {Script, Step} from './scripted-model/script.ts'

const TOOLS = 'codex-orchestrator-local'

/** Lets its first turn end: were it over while a task waits for its worker, it would be told that nobody works. */
export const TEAM_STANDS = 'the team stands'

/** A planner that does nothing but look at what woke it. */
export function watchingPlanner(ready: Step): NonNullable<Script['rules']>[number] {
  return {
    name: 'planner',
    match: {prompt: '# Planner'},
    turns: [
      {steps: [{mcp: `${TOOLS}.list_tasks`}, ready]},
      {
        when: '[codex-planner]',
        repeat: true,
        steps: [{mcp: `${TOOLS}.wait_events`, args: {after: 0}}, {text: 'Seen.'}],
      },
    ],
  }
}
