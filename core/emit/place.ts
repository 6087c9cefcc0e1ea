/** 12 digits: an AWS account. Findings of one machine have the account `local`. */
export function isAwsAccount(account: string): boolean {
  return /^\d{12}$/.test(account);
}

/** The first part of every ARN of a Region. */
export function partitionOf(region: string): 'aws' | 'aws-cn' | 'aws-us-gov' {
  if (region.startsWith('cn-')) return 'aws-cn';
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}

/**
 * The product that an account's own integrations report under in Security Hub, there without being subscribed to.
 * https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-custom-providers.html
 */
export function defaultProductArn(account: string, region: string): string {
  return `arn:${partitionOf(region)}:securityhub:${region}:${account}:product/${account}/default`;
}

/** Null when it is not an interface of EC2: one machine's interfaces have names such as `eth0`. */
export function networkInterfaceArn(account: string, region: string, networkInterface: string | null): string | null {
  if (!isAwsAccount(account) || networkInterface === null || !/^eni-[0-9a-f]+$/.test(networkInterface)) return null;
  return `arn:${partitionOf(region)}:ec2:${region}:${account}:network-interface/${networkInterface}`;
}
