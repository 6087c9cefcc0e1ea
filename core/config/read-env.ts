import type * as z from 'zod';
import { PortcullisError } from '../errors.ts';

/** A program's environment is not what its schema asks for: the deployment is wrong, not the request. */
class BadEnvironment extends PortcullisError {
  readonly code = 'BAD_ENVIRONMENT';
}

/**
 * Parses the environment once, at the start; `what` is whose it is, for the message.
 * @throws BadEnvironment naming every wrong variable at once; values are never repeated
 */
export function readEnv<T extends z.ZodType>(
  what: string,
  schema: T,
  environment: Record<string, string | undefined>,
): z.infer<T> {
  const parsed = schema.safeParse(environment);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new BadEnvironment(`The environment of ${what} is wrong: ${problems.join('; ')}`);
}
