import { BadInput } from '../../core/errors.ts';

const UNPACK = (program: string) => `this is compressed: "${program} -dc FILE | portcullis import -" takes it in`;
const UTF_16 =
  'this is UTF-16, as PowerShell writes: "iconv -f UTF-16 -t UTF-8 FILE | portcullis import -" takes it in';
const NUL = '\u0000';

/** How files begin that hold no text, decoded as UTF-8: bytes that are none became U+FFFD. */
const BEGINNINGS: readonly (readonly [beginning: string, what: string])[] = [
  ['masscan/1.', 'this is masscan -oB: "masscan --readscan FILE -oJ -" makes JSON of it'],
  ['\u001F\uFFFD\u0008', UNPACK('gzip')],
  ['BZh', UNPACK('bzip2')],
  [`\uFFFD7zXZ${NUL}`, UNPACK('xz')],
  ['(\uFFFD/\uFFFD', UNPACK('zstd')],
  ['PK\u0003\u0004', 'this is a ZIP archive: unpack it and import the file in it'],
  ['\uFFFD\uFFFD', UTF_16],
];

/**
 * Refuses what is no text, whatever format it is said to have.
 * @param beginning some thousand characters, or all of it
 * @throws BadInput saying what it is and what to do
 */
export function assertText(beginning: string): void {
  const found = BEGINNINGS.find(([start]) => beginning.startsWith(start));
  if (found !== undefined) throw new BadInput(found[1]);
  if (!beginning.includes(NUL)) return;
  // A byte order mark is not always there; every other byte of ASCII is zero.
  const isZero = Array.from({ length: 4 }, (_, at) => beginning[at] === NUL);
  const alternates = isZero[0] !== isZero[1] && isZero[0] === isZero[2] && isZero[1] === isZero[3];
  throw new BadInput(
    alternates
      ? UTF_16
      : 'this is no text: give lines such as 192.0.2.3:22,80 or what nmap -oX, masscan, naabu -json or rustscan -g wrote',
  );
}
