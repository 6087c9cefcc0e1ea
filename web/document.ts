import { OpenAPIHono } from '@hono/zod-openapi';
import { CALLER_SCHEME, type Route, type Routes } from './routes/describe.ts';

/** How callers show who they are. */
export interface Caller {
  readonly description: string;
  readonly scheme: Parameters<OpenAPIHono['openAPIRegistry']['registerComponent']>[2];
  /** Whether that is asked for reading too. */
  readonly readsToo: boolean;
}

/** Routes as an OpenAPI 3.1 document. What writes it is larger than all that serves: nothing but a constant may import it. */
export function writeDocument(groups: readonly Routes[], { description, scheme, readsToo }: Caller): object {
  const writer = new OpenAPIHono();
  const routes: Route[] = groups.flatMap((group) => Object.values(group));
  for (const route of routes) writer.openAPIRegistry.registerPath(route);
  writer.openAPIRegistry.registerComponent('securitySchemes', CALLER_SCHEME, scheme);
  return writer.getOpenAPI31Document({
    openapi: '3.1.0',
    info: { title: 'Portcullis', version: '1', description: `Times are ISO 8601 UTC. ${description}` },
    ...(readsToo && { security: [{ [CALLER_SCHEME]: [] }] }),
  });
}
