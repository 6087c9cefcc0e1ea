import * as z from 'zod';
import { AsffFinding } from '../../core/emit/asff-shape.ts';
import { OcsfFinding } from '../../core/emit/ocsf-shape.ts';
import { Finding } from '../../core/findings/finding.ts';
import { ExportFormat } from '../shapes.ts';
import { BAD_INPUT, describeRoutes } from './describe.ts';

/** All findings in one document. */
export const EXPORT = describeRoutes({
  export: {
    method: 'get',
    path: '/api/export',
    summary: 'All findings, as JSON, CSV, OCSF or ASFF',
    request: { query: z.strictObject({ format: ExportFormat.default('json') }) },
    responses: {
      200: {
        description: 'Findings, gravest first',
        content: {
          'application/json': { schema: z.union([z.array(Finding), z.array(OcsfFinding), z.array(AsffFinding)]) },
          'text/csv': { schema: z.string() },
        },
      },
      ...BAD_INPUT,
    },
  },
});
