import sax from 'sax';
import { BadInput } from '../../core/errors.ts';
import { excerpt, MOST_CHARACTERS } from './lines.ts';
import { HostElement } from './nmap-host.ts';
import { LeftOut, type Reader, type Seen } from './seen.ts';

/** nmap nests tables of scripts a few deep. */
const MOST_DEPTH = 64;
const MOST_ATTRIBUTES = 256;

// An attribute holds all that a script printed: 64 KiB, the library's own limit, is too little.
Object.assign(sax, { MAX_BUFFER_LENGTH: MOST_CHARACTERS });

/** What a name of an engine may consist of; distributions and builds of one's own put more into their versions. */
const NOT_IN_VERSION = /[^\w .+-]+/g;
const VERSION_CHARACTERS = 32;

export interface NmapXmlOptions {
  /** Who wrote it, as long as the file has not said so. Default: nmap. */
  readonly expected?: 'nmap' | 'masscan';
  /** Hosts that nmap calls down are told too. */
  readonly down?: boolean;
}

/** Reads what nmap and masscan write with `-oX`, host by host. Entities and DTDs of a file's own are refused. */
export function nmapXml({ expected = 'nmap', down = false }: NmapXmlOptions = {}): Reader {
  const parser = sax.parser(true, { position: true });
  const leftOut = new LeftOut();
  const scan = {
    scanner: expected as string,
    version: '',
    startedAt: undefined as string | undefined,
    host: new HostElement(),
  };
  let done: Seen[] = [];
  let depth = 0;
  let attributes = 0;
  let ended = false;

  const bad = (what: string): BadInput => new BadInput(`line ${parser.line + 1}: ${what}`);
  const onerror = (error: Error): never => {
    throw bad(`not well-formed XML (${(error.message.split('\n', 1)[0] ?? '').trim()}): give the file as -oX wrote it`);
  };
  Object.assign(parser, { onerror });
  parser.ondoctype = (text) => {
    if (/[[<]|ENTITY/i.test(text)) throw bad(`a DTD inside the file (${excerpt(text.trim())}) is not allowed`);
  };
  parser.onattribute = () => {
    attributes += 1;
    if (attributes > MOST_ATTRIBUTES) throw bad(`an element may have ${MOST_ATTRIBUTES} attributes`);
  };
  parser.onopentag = ({ name, attributes: found }) => {
    const values = found as Record<string, string>;
    attributes = 0;
    depth += 1;
    if (ended) throw bad(`a second run begins here (<${name}>): import each as a file of its own`);
    if (depth > MOST_DEPTH) throw bad(`elements may nest ${MOST_DEPTH} deep`);
    if (depth === 1) {
      const scanner = values['scanner'];
      if (name !== 'nmaprun' || (scanner !== 'nmap' && scanner !== 'masscan')) {
        throw bad(
          `<${name}> is not the output of nmap -oX or masscan -oX: it must begin with <nmaprun scanner="nmap" ...>`,
        );
      }
      const version = (values['version'] ?? '').replaceAll(NOT_IN_VERSION, '').slice(0, VERSION_CHARACTERS);
      Object.assign(scan, { scanner, version, startedAt: values['start'] });
      return;
    }
    try {
      scan.host.open(name, values);
    } catch (error) {
      if (error instanceof BadInput) throw bad(error.message);
      throw error;
    }
  };
  parser.onclosetag = (name) => {
    depth -= 1;
    if (depth === 0) ended = true;
    if (name !== 'host') return;
    const seen = scan.host.close({ scanner: scan.scanner, startedAt: scan.startedAt, leftOut, down });
    if (seen !== null) done.push(seen);
  };

  return {
    get scanner() {
      // masscan's XML says version 1.0-BETA whatever version wrote it.
      return scan.scanner === 'nmap' ? `nmap ${scan.version}`.trim() : scan.scanner;
    },
    leftOut,
    write(text) {
      parser.write(text);
      const seen = done;
      done = [];
      return seen;
    },
    end() {
      // The parser's own end is not asked for: it would call a cut file an error.
      return { seen: [], endedEarly: ended ? null : parser.line + 1 };
    },
  };
}
