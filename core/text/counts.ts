/** `65,535`: every count for people. */
export function grouped(value: number | bigint): string {
  return value.toLocaleString('en-US');
}

/** `1 port`, `1,024 ports`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${grouped(count)} ${count === 1 ? one : many}`;
}
