/** Structured lines for operators. Never given a token, a link or a message body. */
export interface Log {
  info(message: string, fields?: Record<string, string | number | boolean | null>): void;
  warn(message: string, fields?: Record<string, string | number | boolean | null>): void;
}
