/** The least and the greatest step between two settings that are compared, as the logarithm of their ratio. */
const leastStride = /* @__PURE__ */ Math.log(1.25);
const greatestStride = /* @__PURE__ */ Math.log(2);
/** What part of a step has to come back as throughput to be worth it. */
const worth = 0.15;
/** A window goes on until the square of the stride is so many times that of its relative error. */
const precision = 22;
/** Windows at the base between two steps up. A step down may cost, at worst, one part of so many of the throughput. */
const rests = 8;
const risk = 90;

export interface ClimbSettings {
  readonly start: number;
  /** Read at each decision, since they may change. */
  readonly least: () => number;
  readonly most: () => number;
  /** Told of every new limit. */
  readonly onChange?: (limit: number) => void;
}

export interface Climb {
  /** Calls at once. */
  readonly limit: () => number;
  /** Goes to a setting, and knows nothing yet. */
  readonly startAt: (setting: number) => void;
  /** A call begins. Gives its number, for `end`. */
  readonly begin: (now: number) => number;
  /** The call has ended; without `hasFailed`, that shows nothing. */
  readonly end: (call: number, began: number, now: number, hasFailed?: boolean) => void;
}

type Direction = 1 | -1;

/**
 * Finds how many calls at once bring the most, and follows it: a climb. It runs a window of calls at its base, and another
 * one at a neighbour, and compares what they brought for each millisecond of a slot. What a step brings, as a part of what it
 * could bring at best, decides: more is worth it above `worth`, less below.
 *
 * Only calls that keep the limit filled are evidence: none are while the source starves or the consumer is full. Failures
 * count against a setting; when they become more at the base, it is halved at once.
 */
export function makeClimb({ start, least, most, onChange }: ClimbSettings): Climb {
  const { abs, exp, floor, log, max, min, round, sqrt } = Math;
  /** The best setting known; the logarithm of its score, once there is one, and the share of its calls that fail. */
  let base = 0;
  let score: number | undefined;
  let failShare = 0.5;
  /** The setting in force: the base, or a neighbour that is compared with it. */
  let setting = 0;
  /** Where the next step goes, and how far. */
  let direction: Direction;
  let stride: number;
  /** Windows at the base since the last step in each direction; `Infinity` when it is due at once. */
  let since: Record<Direction, number>;
  let restsNow = rests;

  /** Calls that run; how many have begun in all, and how many had when the limit was last reached. */
  let running = 0;
  let begun = 0;
  let reached = 0;
  /** Calls that run and are evidence: those that had begun when the limit was reached. */
  let counted = 0;
  /** So many calls end before the setting shows what it does: as many as ran when it came into force. */
  let former = 0;
  let clock = 0;
  /** Of the window: how long its evidence ran in all, how much has ended and failed, and how long each took. */
  let slotMs: number;
  let ended: number;
  let failed: number;
  let sum: number;
  let squares: number;

  const clamp = (wanted: number): number => max(least(), min(most(), wanted));
  const limit = (): number => clamp(setting);
  const restart = (): void => {
    slotMs = ended = failed = sum = squares = 0;
  };
  const advance = (now: number): void => {
    slotMs += counted * max(0, now - clock);
    clock = now;
  };
  const change = (wanted: number): void => {
    if (wanted === setting) return;
    setting = wanted;
    former = running;
    restart();
    onChange?.(limit());
  };
  /** The neighbour of the base. */
  const next = (towards: Direction): number => {
    const neighbour = round(base * exp(towards * stride));
    return clamp(neighbour === base ? neighbour + towards : neighbour);
  };
  const isDue = (towards: Direction): boolean => {
    const neighbour = next(towards);
    return (
      towards * (neighbour - base) > 0 && since[towards] >= (towards > 0 ? restsNow : (base / neighbour - 1) * risk)
    );
  };
  const turn = (): void => {
    direction = direction > 0 ? -1 : 1;
  };
  /** Goes on with a neighbour when that is due, or else with the base. */
  const step = (): void => {
    if (!isDue(direction)) turn();
    if (!isDue(direction)) turn();
    change(isDue(direction) ? next(direction) : base);
  };
  /** Both neighbours are due at once: first that in this direction, with a large step. */
  const lookAround = (towards: Direction): void => {
    direction = towards;
    stride = greatestStride;
    since = { [1]: Infinity, [-1]: Infinity };
  };
  const startAt = (wanted: number): void => {
    base = clamp(wanted);
    score = undefined;
    lookAround(1);
    change(base);
  };

  /** More fail than at the base, and by more than chance. */
  const isFailing = (): boolean => {
    const expected = ended * failShare;
    return failed > expected + 4 * sqrt(expected) + 3;
  };
  /** What a difference of scores is measured by. */
  const distance = (): number => max(leastStride, stride);
  /** The window knows enough: the more its calls differ, and the smaller the step that is to be judged, the longer it is. */
  const isComplete = (): boolean => {
    if (isFailing()) return true;
    if (ended < 8 + 4 * limit()) return false;
    const variance = sum === 0 ? 0 : (squares * ended) / sum ** 2 - 1;
    const ofFailures = (4 * failed) / max(1, ended - failed);
    return ended >= min(32 + 32 * limit(), (precision * (variance + ofFailures)) / distance() ** 2);
  };

  const judge = (): void => {
    const failing = isFailing() || failed === ended;
    const share = failed / ended;
    // Successes for each millisecond of a slot, times the slots; and times the share of successes: a failure is worse than none.
    const succeeded = ended - failed + 0.5;
    const found = log((limit() / slotMs) * succeeded * (succeeded / (ended + 0.5)));
    restart();
    if (found === Infinity) return;
    if (failing && setting <= base) {
      // Things have become worse: halves, again and again, until they have not, or until there is no less.
      const lower = clamp(floor(setting / 2));
      if (lower === setting) failShare = share;
      startAt(lower);
    } else if (setting === base) {
      rested(found, share);
    } else {
      compare(found, share, failing);
    }
  };
  /** A window at the base is over. */
  const rested = (found: number, share: number): void => {
    const gain = found - (score ?? found);
    if (score === undefined || abs(gain) > distance()) {
      score = found;
      failShare = share;
      if (gain !== 0) lookAround(gain > 0 ? 1 : -1);
    } else {
      score = (found + score) / 2;
    }
    since[1]++;
    since[-1]++;
    step();
  };
  /** A window at a neighbour of the base is over. */
  const compare = (found: number, share: number, failing: boolean): void => {
    const size = log(setting / base);
    const gain = (found - (score as number)) / size;
    if (direction > 0) restsNow = gain < -0.25 ? 1.5 * rests : rests;
    if (!failing && gain > worth === direction > 0) {
      // A curve that rises with the setting and then is flat has its knee here.
      const knee = round(min(setting, base) * exp(abs(size) * min(1, max(0, gain))));
      base = knee === base ? setting : clamp(knee);
      score = base === setting ? found : undefined;
      failShare = share;
      stride = min(greatestStride, stride * 2);
      since = { [1]: Infinity, [-1]: Infinity };
    } else if (abs(setting - base) > 1 && (stride > leastStride || failing)) {
      // Where more fails there is an edge, which small steps find, too.
      stride = max(failing ? 0 : leastStride, stride / 2);
      since[direction] = Infinity;
    } else {
      since[direction] = 0;
      turn();
      stride = leastStride;
    }
    // What fails may do so at the base, too, by now.
    if (score === undefined || failing) change(base);
    else step();
  };

  startAt(start);
  return {
    limit,
    startAt,
    begin: (now) => {
      advance(now);
      begun++;
      if (++running >= 0.75 * limit()) {
        reached = begun;
        counted = running;
      }
      return begun;
    },
    end: (call, began, now, hasFailed) => {
      // What happens at one time belongs together: calls that began at once may end at once.
      if (now > clock && former === 0 && isComplete()) judge();
      advance(now);
      running--;
      if (former > 0 && --former === 0) restart();
      if (call > reached) return;
      counted--;
      if (hasFailed === undefined) return;
      ended++;
      if (hasFailed) failed++;
      sum += now - began;
      squares += (now - began) ** 2;
    },
  };
}
