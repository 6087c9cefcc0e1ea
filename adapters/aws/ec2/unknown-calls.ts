import type { DescribeNetworkInterfacesCommandInput, EC2Client } from '@aws-sdk/client-ec2';
import { NotSpoken } from '../aws-errors.ts';
import { ADDRESS_FILTERS } from './address-filters.ts';

const SERVER_ERRORS = new Set([500, 501]);

/**
 * Ends a call that the service does not know with NotSpoken instead of trying it ten times. moto answers such a call with status 500 and
 * an HTML page where EC2 answers with an XML error that has a code. Only calls are meant that the reader can do without: the two about
 * public access blocks, and looking for an interface by its address.
 */
export function failAtOnceOnUnknownCalls(ec2: EC2Client): void {
  ec2.middlewareStack.add(
    (next, context) => async (args) => {
      try {
        return await next(args);
      } catch (error) {
        if (!isOptional(context['commandName'], args.input) || !isNoApiAnswer(error)) throw error;
        // Without the cause: the SDK looks there for a reason to try again.
        throw new NotSpoken(`${String(context['commandName'])} is not available here`);
      }
    },
    // High: around what reads the answer. It is inside of what tries again.
    { step: 'deserialize', priority: 'high', name: 'failAtOnceOnUnknownCalls' },
  );
}

function isOptional(commandName: unknown, input: object): boolean {
  if (commandName === 'DescribeVpcBlockPublicAccessOptionsCommand') return true;
  if (commandName === 'DescribeVpcBlockPublicAccessExclusionsCommand') return true;
  if (commandName !== 'DescribeNetworkInterfacesCommand') return false;
  const { Filters } = input as DescribeNetworkInterfacesCommandInput;
  return Filters?.some(({ Name }) => ADDRESS_FILTERS.some((name) => name === Name)) ?? false;
}

/** The answer could not be read as what EC2 writes, not even as an error of EC2. */
function isNoApiAnswer(error: unknown): boolean {
  if (!(error instanceof Error) || !('$response' in error)) return false;
  const response: unknown = error.$response;
  const status =
    typeof response === 'object' && response !== null && 'statusCode' in response ? response.statusCode : undefined;
  return typeof status === 'number' && SERVER_ERRORS.has(status) && !('$fault' in error);
}
