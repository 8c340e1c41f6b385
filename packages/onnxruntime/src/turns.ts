const last = new WeakMap<object, Promise<unknown>>();

/**
 * Does things one after the other. onnxruntime-web refuses to open a session or run one while it does so already, with
 * whatever session; onnxruntime-node blocks during a run anyway.
 */
export function inTurn<T>(of: object, task: () => Promise<T>): Promise<T> {
  const before = last.get(of) ?? Promise.resolve();
  const mine = before.then(task, task);
  last.set(
    of,
    mine.catch(() => undefined),
  );
  return mine;
}
