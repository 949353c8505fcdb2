import { Presets, SingleBar } from 'cli-progress';
import Table from 'cli-table3';
import type { EclipseCount, Progress } from './database.js';
import type { Sighting } from './model.js';

export const thousands = (count: number): string => count.toLocaleString('en');
export const seconds = (ms: number): string => `${(ms / 1000).toFixed(ms < 9_950 ? 2 : 1)} s`;
export const day = (date: Date): string => date.toISOString().slice(0, 10);

/** How a run is going, for somebody who watches it. */
export interface ProgressView {
  readonly found: (sighting: Sighting) => void;
  readonly written: (rows: number) => void;
  readonly stop: () => void;
}

/** A bar on a terminal; elsewhere a line for each tenth of the way. */
export function showProgress(progress: Progress): ProgressView {
  return process.stdout.isTTY ? bar(progress) : lines(progress);
}

function bar({ cities, written }: Progress): ProgressView {
  const view = new SingleBar(
    {
      format: '{bar} {percentage}%  {value} of {total} cities  {written} written  {eta_formatted} left  {latest}',
      barsize: 24,
      hideCursor: true,
      clearOnComplete: false,
      gracefulExit: false,
    },
    Presets.shades_classic,
  );
  let saved = written;
  view.start(cities, written, { written: saved, latest: '' });
  return {
    found: ({ city, eclipse }) => {
      view.increment(1, { latest: `${city.name}: ${day(eclipse.peak)} ${eclipse.kind}` });
    },
    written: (rows) => {
      saved += rows;
      view.update({ written: saved });
    },
    stop: () => {
      view.stop();
    },
  };
}

function lines({ cities, written }: Progress): ProgressView {
  let saved = written;
  let tenth = Math.floor((10 * saved) / cities);
  return {
    found: () => undefined,
    written: (rows) => {
      saved += rows;
      if (Math.floor((10 * saved) / cities) === tenth) return;
      tenth = Math.floor((10 * saved) / cities);
      console.log(`  ${thousands(saved)} of ${thousands(cities)} cities written`);
    },
    stop: () => undefined,
  };
}

/** What the database knows by now: which eclipse is whose next one, and who will see totality. */
export function showAnswer(counts: readonly EclipseCount[], totals: readonly Sighting[]): void {
  const days = new Table({
    head: ['next eclipse', 'partial', 'annular', 'total'],
    colAligns: ['left', 'right', 'right', 'right'],
    style,
  });
  for (const when of new Set(counts.map((count) => count.day))) {
    const of = (kind: EclipseCount['kind']): string =>
      thousands(counts.find((count) => count.day === when && count.kind === kind)?.cities ?? 0);
    days.push([when, of('partial'), of('annular'), of('total')]);
  }
  console.log('\nThe next eclipse of any kind, by day and by what is seen of it, in cities:');
  console.log(days.toString());

  if (totals.length === 0) {
    console.log('\nFor none of these cities it is a total one.');
    return;
  }
  const cities = new Table({
    head: ['city', '', 'people', 'totality (UTC)', 'Sun'],
    colAligns: ['left', 'left', 'right', 'left', 'right'],
    style,
  });
  for (const { city, eclipse } of totals) {
    const time = eclipse.peak.toISOString().slice(0, 16).replace('T', ' ');
    cities.push([
      city.name,
      city.country,
      thousands(city.population),
      time,
      `${String(Math.round(eclipse.altitude))}° high`,
    ]);
  }
  console.log(`\nThe next eclipse is a total one for ${thousands(totals.length)} of them:`);
  console.log(cities.toString());
}

/** No colours and no rules between rows: the same on a terminal and in a file. */
const style = { head: [], border: [], compact: true };
