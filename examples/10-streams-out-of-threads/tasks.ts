/** The primes from `first` on, without an end. `made` counts them. */
export function* primesFrom(first: number, made: Int32Array): Generator<number> {
  for (let n = first; ; n++) {
    if (!isPrime(n)) continue;
    Atomics.add(made, 0, 1);
    yield n;
  }
}

function isPrime(n: number): boolean {
  for (let divisor = 2; divisor * divisor <= n; divisor++) if (n % divisor === 0) return false;
  return true;
}
