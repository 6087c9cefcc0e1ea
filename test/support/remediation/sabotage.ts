/** Makes one method fail as if the process had been killed there; resolves to what puts it right again. */
export function sabotage<T extends object>(object: T, method: keyof T): () => void {
  const original = object[method];
  object[method] = (() => Promise.reject(new Error('killed'))) as T[keyof T];
  return () => {
    object[method] = original;
  };
}
