import { processIo } from './cli/io.ts';
import { processCliPorts, runCli } from './cli/run.ts';

// A reader that has seen enough (`portcullis findings | head -1`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

// Its launcher was killed and passed no signal on: nobody would ever stop this process. What it did so far is safe against that.
if (process.connected) {
  process.once('disconnect', () => process.exit(1));
  process.channel?.unref();
}

process.exitCode = await runCli(process.argv.slice(2), processCliPorts(processIo()));
