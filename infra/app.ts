import { App } from 'aws-cdk-lib';
import { loadConfig } from '../adapters/config/yaml-file.ts';
import { PortcullisStack } from './stacks/portcullis-stack.ts';

const app = new App();
const settings = await loadConfig({ flags: {} });
new PortcullisStack(app, 'Portcullis', {
  settings,
  description: 'Portcullis: notices every newly open port and closes exactly it',
});
app.synth();
