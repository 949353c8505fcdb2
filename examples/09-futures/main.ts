// Futures, one awaited after the other: three calls of five seconds are to print "3 2 1" after five. Lateness is a value,
// and what is late is stopped. And two that wait for each other are told so. Here a second is 100 ms.
import { lastValueFrom } from 'rxjs';
import { configureDefault, inline, isTimeout, timeoutAsSentinel } from 'rxjs-background';
import { background, DeadlockError, start, type Job } from 'rxjs-background/jobs';

const secondMs = 100;
configureDefault({ maxThreads: 3 });

const after = background(async (ms: number, text: string) => {
  await new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
  return text;
});
const seconds = (since: number): number => (performance.now() - since) / secondMs;
await Promise.all(['a', 'b', 'c'].map((text) => after.start(1, text)));

let began = performance.now();
const [one, two, three] = [
  after.start(5 * secondMs, '1'),
  after.start(5 * secondMs, '2'),
  after.start(5 * secondMs, '3'),
];
const printed = `${await three} ${await two} ${await one}`;
const together = seconds(began);
console.log(`"${printed}" after ${together.toFixed(2)} s (claimed: "3 2 1" after 5.00 s).`);

began = performance.now();
const [late, inTime] = await Promise.all([
  lastValueFrom(after(5 * secondMs, 'foobar1').pipe(timeoutAsSentinel(secondMs))),
  lastValueFrom(after(5 * secondMs, 'foobar2').pipe(timeoutAsSentinel(6 * secondMs))),
]);
const both = seconds(began);
console.log(
  `Within 1 s: ${isTimeout(late) ? 'a timeout, and its task is stopped' : late}. Within 6 s: ${String(inTime)}. Together ${both.toFixed(2)} s (claimed: 4.98 s).`,
);

const here = inline({
  chicken: async (): Promise<string> => `a chicken from ${await Promise.resolve().then(() => egg)}`,
  egg: async (): Promise<string> => `an egg from ${await Promise.resolve().then(() => chicken)}`,
});
const chicken: Job<string> = start(here.tasks.chicken);
const egg: Job<string> = start(here.tasks.egg);
const told: unknown = await chicken.catch((error: unknown) => error);
const isTold = told instanceof DeadlockError;
console.log(isTold ? `${told.name}: ${told.circle.join(' → ')}` : told);
await egg.catch(() => undefined);

if (printed !== '3 2 1' || !isTimeout(late) || inTime !== 'foobar2' || !isTold) process.exitCode = 1;
if (together > 7.5 || both > 7.5) {
  console.error('It should have taken about 5 s each.');
  process.exitCode = 1;
}
