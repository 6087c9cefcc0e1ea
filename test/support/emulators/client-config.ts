/** Options of any AWS SDK client for an emulator at `url`. */
export function emulatorClientConfig(url: string) {
  return {
    region: 'us-east-1',
    endpoint: url,
    // moto derives the account from a key id it knows and uses 123456789012 for any other.
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  };
}
