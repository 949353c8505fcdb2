/**
 * The least number of milliseconds in so many rounds, of which no more are played than it takes to be within `boundMs`: what
 * is quick enough may be slow now and then on a machine that has other things to do.
 */
export async function quickest(rounds: number, boundMs: number, round: () => Promise<number>): Promise<number> {
  let least = Infinity;
  for (let played = 0; played < rounds && least > boundMs; played++) least = Math.min(least, await round());
  return least;
}
