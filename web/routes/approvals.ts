import * as z from 'zod';
import { DecisionForm } from '../approvals.ts';
import { CALLBACK_PATH } from '../sign-in-routes.ts';
import { describeRoutes } from './describe.ts';

const HTML = { 'text/html': { schema: z.string() } };
const BAD_LINK = {
  404: { description: 'The one answer for every link that is not good, whatever is wrong with it', content: HTML },
};
const NOT_YOURS = {
  403: { description: 'Somebody else must decide, or must sign in first; nothing was decided', content: HTML },
};
const LINK = '/approvals/{token}';
const params = z.object({ token: z.string() });

/** The links, which `approvalRoutes` serves by itself: they answer people with pages, and check nothing before the token. */
export const APPROVALS = describeRoutes({
  signedIn: {
    method: 'get',
    path: CALLBACK_PATH,
    summary: 'Back from signing in; decides nothing',
    responses: {
      303: { description: 'Signed in: back to the link' },
      403: { description: 'Not signed in, and why', content: HTML },
      404: { description: 'Nobody signs in here', content: HTML },
      503: { description: 'The provider cannot be asked', content: HTML },
    },
  },
  show: {
    method: 'get',
    path: LINK,
    summary: 'What would be changed, and two buttons',
    request: { params },
    responses: {
      200: { description: 'A page', content: HTML },
      303: { description: 'With the query `sign-in`: to the sign-in provider' },
      ...NOT_YOURS,
      ...BAD_LINK,
      503: { description: 'The sign-in provider cannot be asked', content: HTML },
    },
  },
  decide: {
    method: 'post',
    path: LINK,
    summary: 'Decide, once',
    request: {
      params,
      body: { required: true, content: { 'application/x-www-form-urlencoded': { schema: DecisionForm } } },
    },
    responses: {
      200: { description: 'What was decided, by whom and when, now or before', content: HTML },
      400: { description: 'No decision in the form', content: HTML },
      ...NOT_YOURS,
      ...BAD_LINK,
      409: { description: 'Approving is refused; nothing was changed', content: HTML },
    },
  },
});
