/** How LevelDB, SQLite and the file system say it. */
const FULL = /no space left on device|disk is full|disk quota exceeded|\bENOSPC\b|\bEDQUOT\b/i;
const AGAIN_MS = 60_000;

/**
 * Passes lines on, except that what fails because of a full disk is told as one line a minute that says what to do: on a full disk every
 * task, message and request fails, each in its own words.
 */
export function tellFullDiskOnce(
  write: (line: string) => void,
  directory: string,
  monotonic: () => number = () => performance.now(),
): (line: string) => void {
  let toldAt = Number.NEGATIVE_INFINITY;
  return (line) => {
    if (!FULL.test(line)) {
      write(line);
      return;
    }
    const now = monotonic();
    if (now - toldAt < AGAIN_MS) return;
    toldAt = now;
    write(`the disk of ${directory} is full: nothing new can be recorded; make room, and everything goes on by itself`);
  };
}
