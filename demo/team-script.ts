import type {Rule, Script} from '../test/support/scripted-model/script.ts'

const TOOLS = 'codex-orchestrator-local'

/**
 * What the models of a small team decide: a planner that makes two tasks, a worker that asks once before it hands back, and one that
 * hands back at once. The gates let whoever plays it decide when each worker goes on.
 */
export function teamScript(): Script {
  return {rules: [planner(), asking(), direct()]}
}

function planner(): Rule {
  return {
    name: 'planner',
    match: {prompt: '# Planner'},
    turns: [
      {
        steps: [
          {mcp: `${TOOLS}.list_tasks`},
          {
            mcp: `${TOOLS}.create_task`,
            args: {
              title: 'Greet people by name',
              write_scope: ['greet.sh'],
              acceptance: ['sh greet.sh Ada prints a greeting with Ada in it'],
            },
          },
          {
            mcp: `${TOOLS}.create_task`,
            args: {
              title: 'Write down how to greet',
              write_scope: ['HOWTO.md'],
              acceptance: ['HOWTO.md shows one call'],
            },
          },
          {mcp: `${TOOLS}.spawn_worker`, args: {task_id: 'TASK-001'}},
          {mcp: `${TOOLS}.spawn_worker`, args: {task_id: 'TASK-002'}},
          {text: 'Two tasks, two workers. I go on when one of them needs me.'},
        ],
      },
      {
        when: 'TASK-001 needs_input',
        steps: [
          {mcp: `${TOOLS}.wait_events`, args: {after: 0}},
          {mcp: `${TOOLS}.show_handoff`, args: {task_id: 'TASK-001'}},
          {
            mcp: `${TOOLS}.resume_task`,
            args: {task_id: 'TASK-001', note: ['Say hello, and end with an exclamation mark.']},
          },
          {text: 'Answered the worker on TASK-001.'},
        ],
      },
      {when: 'TASK-002 review_ready', steps: [...accept('TASK-002', 'HOWTO.md'), {text: 'TASK-002 is done.'}]},
      {when: 'TASK-001 review_ready', steps: [...accept('TASK-001', 'greet.sh'), {text: 'Both tasks are done.'}]},
    ],
  }
}

function accept(id: string, file: string): Rule['turns'][number]['steps'] {
  return [
    {mcp: `${TOOLS}.wait_events`, args: {after: 0}},
    {mcp: `${TOOLS}.show_handoff`, args: {task_id: id}},
    {mcp: `${TOOLS}.show_task`, args: {task_id: id}},
    {shell: `git -C {{last.task.worktree}} show --stat HEAD -- ${file}`},
    {mcp: `${TOOLS}.update_task`, args: {task_id: id, status: 'done'}},
    {mcp: `${TOOLS}.close_worker`, args: {session_name: `worker-${id.toLowerCase()}`}},
  ]
}

function asking(): Rule {
  return {
    name: 'asking worker',
    match: {cwd: '/task-001'},
    turns: [
      {
        steps: [
          {mcp: `${TOOLS}.show_task`, args: {task_id: 'TASK-001'}},
          {
            shell: `printf 'echo "Hello $1"\\n' > greet.sh && git add greet.sh && git commit -q -m 'Greet by name'`,
            gate: 'work',
          },
          {
            mcp: `${TOOLS}.request_input`,
            args: {
              session_name: 'worker-task-001',
              summary: 'How warm should the greeting be?',
              detail: ['Plain: Hello Ada', 'Warm: Hello Ada!'],
              recommended_next_step: 'Take the warm one.',
            },
          },
          {text: 'I asked the planner.'},
        ],
      },
      {
        when: 'The planner answered',
        steps: [
          {mcp: `${TOOLS}.show_handoff`, args: {task_id: 'TASK-001'}},
          {shell: `printf 'echo "Hello $1!"\\n' > greet.sh && sh greet.sh Ada && git commit -q -am 'Greet warmly'`},
          {
            mcp: `${TOOLS}.request_review`,
            args: {
              task_id: 'TASK-001',
              summary: 'greet.sh greets by name, warmly.',
              detail: ['sh greet.sh Ada: Hello Ada!'],
            },
            gate: 'hand back TASK-001',
          },
          {text: 'Handed back.'},
        ],
      },
    ],
  }
}

function direct(): Rule {
  return {
    name: 'direct worker',
    match: {cwd: '/task-002'},
    turns: [
      {
        steps: [
          {mcp: `${TOOLS}.show_task`, args: {task_id: 'TASK-002'}},
          {
            shell: `printf '# How to greet\\n\\n    sh greet.sh Ada\\n' > HOWTO.md && git add HOWTO.md && git commit -q -m 'Write down how to greet'`,
            gate: 'work',
          },
          {
            mcp: `${TOOLS}.request_review`,
            args: {task_id: 'TASK-002', summary: 'HOWTO.md shows one call.', detail: ['Looked at the file.']},
            gate: 'hand back TASK-002',
          },
          {text: 'Handed back.'},
        ],
      },
    ],
  }
}
