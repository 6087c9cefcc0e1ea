import { LinksJson } from '../shapes.ts';
import { CALLER, CHANGE, describeRoutes, IdParam, json, NOT_FOUND } from './describe.ts';

/** Hands out approval links. */
export const LINKS = describeRoutes({
  link: {
    method: 'post',
    path: '/api/approvals/{id}/link',
    summary: 'The signed links that decide this approval, one for each approver. Whoever has one can decide',
    security: CALLER,
    request: { params: IdParam },
    responses: { 200: json('The links', LinksJson), ...CHANGE, ...NOT_FOUND },
  },
});
