import { KEY_NAMES, KEYS } from '../../core/config/schema.ts';

/** `docs/configuration.md`, from the schema that checks the file. */
export function configurationPage(): string {
  return `<!-- Written by \`npm run docs\` from core/config/schema.ts; a test holds it current. -->
# Configuration

Portcullis works without a configuration. \`portcullis.yaml\` in the working directory is read when it is there; \`--config FILE\` names
another one, which must exist. Flags of \`portcullis up\` override keys of the same name (\`--alert-window\` is \`alertWindow\`). Every
value is checked before anything starts; all mistakes are printed at once, each with its line.

| key | default | example |
|---|---|---|
${KEY_NAMES.map((name) => `| [\`${name}\`](#${name.toLowerCase()}) | ${KEYS[name].default} | \`${KEYS[name].example}\` |`).join('\n')}

${KEY_NAMES.map(section).join('\n\n')}
`;
}

function section(name: keyof typeof KEYS): string {
  const { about, allowed, default: fallback, example } = KEYS[name];
  return `## ${name}

${about}

- Allowed: ${allowed}
- Default: ${fallback}

\`\`\`yaml
${example}
\`\`\``;
}
