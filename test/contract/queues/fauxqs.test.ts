import { startTestCloud } from '../../support/embedded.ts';
import { describeEveryQueue } from './every-queue.contract.ts';

describeEveryQueue('fauxqs', () => startTestCloud());
