import { DEFAULT_SETTINGS } from '../../../core/config/normalise.ts';

const queue = (name: string) => `https://sqs.eu-central-1.amazonaws.com/123456789012/${name}`;

/** The variables of all functions. */
export const ENVIRONMENT = {
  AWS_REGION: 'eu-central-1',
  TABLE_NAME: 'portcullis',
  SETTINGS: JSON.stringify({ ...DEFAULT_SETTINGS, targets: ['192.0.2.1'] }),
  SHARDS_QUEUE_URL: queue('shards'),
  SHARDS_PRIORITY_QUEUE_URL: queue('urgent'),
  SHARDS_BACKSTOP_QUEUE_URL: queue('backstop'),
  ALERTS_QUEUE_URL: queue('alerts'),
  RESULTS_QUEUE_URL: queue('results'),
  REMEDIATION_QUEUE_URL: queue('remediation'),
  DEAD_LETTERS_QUEUE_URL: queue('dead'),
  ALERT_TOPIC_ARN: 'arn:aws:sns:eu-central-1:123456789012:alerts',
  LINK_TOPIC_ARN: 'arn:aws:sns:eu-central-1:123456789012:links',
  LINK_KEY_ID: '1234abcd-12ab-34cd-56ef-1234567890ab',
  PUBLIC_URL: 'https://abc.execute-api.eu-central-1.amazonaws.com',
  PRODUCT_ARN: 'arn:aws:securityhub:eu-central-1:123456789012:product/123456789012/default',
  CHANGE_ROLE_ARN: 'arn:aws:iam::123456789012:role/remediate',
};
