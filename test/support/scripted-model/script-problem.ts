/** The script does not fit what happened: the test that wrote it has to know. */
export class ScriptProblem extends Error {
  override name = 'ScriptProblem'
}
