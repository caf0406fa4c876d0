/** `gone` is proven: the backend answered and knows no such terminal, or nothing runs in it. All else is `unknown`. */
export type TerminalState = 'open' | 'gone' | 'unknown'
