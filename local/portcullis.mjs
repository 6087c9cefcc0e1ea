#!/usr/bin/env node
// Runs on any Node without an install, so that an old one gets a sentence and not a syntax error: old syntax only, the rest is imported.
if (Number(process.versions.node.split('.')[0]) < 20) {
  console.error(
    'portcullis needs Node 20 or newer to start; this is ' + process.version + ' (' + process.execPath + ').',
  );
  process.exitCode = 1;
} else {
  void import('./bootstrap/start.mjs').then((module) => module.start());
}
