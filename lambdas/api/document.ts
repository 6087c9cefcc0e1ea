import { writeDocument } from '../../web/document.ts';
import { BASE_ROUTES } from '../../web/routes/base.ts';

/** The API where requests are signed. A constant: it is written when the function is bundled, not where it runs. */
export const DOCUMENT = writeDocument(BASE_ROUTES, {
  description:
    'Every request is signed with AWS Signature Version 4 for the service execute-api; the record names who signed.',
  scheme: {
    type: 'apiKey',
    name: 'Authorization',
    in: 'header',
    'x-amazon-apigateway-authtype': 'awsSigv4',
  },
  readsToo: true,
});
