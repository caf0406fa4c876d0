import {stat} from 'node:fs'

// The signal that wakes a thread of Node for a file operation can be lost (glibc's bug 25847). Without another operation a test then waits for ever.
setInterval(() => stat('/', () => undefined), 1000).unref()
