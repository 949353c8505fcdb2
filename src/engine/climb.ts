/** The least and the greatest step between two settings that are compared, as the logarithm of their ratio. */
const leastStride = Math.log(1.25);
const greatestStride = Math.log(2);
/** What part of a step has to come back as throughput to be worth it. */
const worth = 0.15;
/** A window goes on until the square of its relative error is this part of the square of the stride. */
const precision = 1 / 22;
/** Windows at the base between two steps up. A step down may cost, at worst, this part of the throughput. */
const rests = 8;
const risk = 1 / 90;

export interface ClimbSettings {
  readonly start: number;
  readonly min: number;
  /** Read at each decision, since it may change. */
  readonly max: () => number;
  /** Told of every new limit. */
  readonly onChange?: (limit: number) => void;
}

/**
 * Finds how many calls at once bring the most, and follows it: a climb. It runs a window of calls at its base, and another
 * one at a neighbour, and compares what they brought for each millisecond of a slot. What a step brings, as a part of what it
 * could bring at best, decides: more is worth it above `worth`, less below.
 *
 * Only calls that keep the limit filled are evidence: none are while the source starves or the consumer is full. Failures
 * count against a setting; when they become more at the base, it is halved at once.
 */
export class Climb {
  readonly #settings: ClimbSettings;
  /** The best setting known; the logarithm of its score, once there is one, and the share of its calls that fail. */
  #base = 0;
  #score: number | undefined;
  #failShare = 0.5;
  /** The setting in force: the base, or a neighbour that is compared with it. */
  #limit = 0;
  #isPinned = false;
  /** Where the next step goes, and how far. */
  #direction: 1 | -1 = 1;
  #stride = greatestStride;
  /** Windows at the base since the last step in each direction; `Infinity` when it is due at once. */
  #since = { [1]: Infinity, [-1]: 0 };
  #rests = rests;
  /** Neither direction is known to be worth it. */
  #isSettled = false;

  /** Calls that run; how many have begun in all, and how many had when the limit was last reached. */
  #running = 0;
  #begun = 0;
  #reached = 0;
  /** Calls that run and are evidence: those that had begun when the limit was reached. */
  #counted = 0;
  /** So many calls end before the setting shows what it does: as many as ran when it came into force. */
  #former = 0;
  #clock = 0;
  /** Of the window: how long its evidence ran in all, how much has ended and failed, and how long each took. */
  #slotMs = 0;
  #ended = 0;
  #failed = 0;
  #sum = 0;
  #squares = 0;

  constructor(settings: ClimbSettings) {
    this.#settings = settings;
    this.startAt(settings.start);
  }

  get limit(): number {
    return this.#isPinned ? this.#limit : this.#clamp(this.#limit);
  }

  /** Stays at `limit`, whatever the bounds are, until it is unpinned. */
  pin(limit: number): void {
    this.#isPinned = true;
    this.startAt(limit);
  }

  /** Climbs on from where it is. */
  unpin(): void {
    this.#isPinned = false;
    this.startAt(this.limit);
  }

  /** Goes to `limit`, and knows nothing yet. */
  startAt(limit: number): void {
    this.#base = this.#isPinned ? limit : this.#clamp(limit);
    this.#score = undefined;
    this.#direction = 1;
    this.#stride = greatestStride;
    // Where there is no more, less is tried at once.
    this.#since = { [1]: Infinity, [-1]: this.#next(1) > this.#base ? 0 : Infinity };
    this.#isSettled = false;
    this.#setLimit(this.#base);
  }

  /** A call begins. Gives its number, for {@link end}. */
  begin(now: number): number {
    this.#advance(now);
    this.#begun++;
    if (++this.#running >= 0.75 * this.limit) {
      this.#reached = this.#begun;
      this.#counted = this.#running;
    }
    return this.#begun;
  }

  /** The call has ended; without `hasFailed`, that shows nothing. */
  end(call: number, began: number, now: number, hasFailed?: boolean): void {
    // What happens at one time belongs together: calls that began at once may end at once.
    if (now > this.#clock && this.#former === 0 && !this.#isPinned && this.#isComplete()) this.#judge();
    this.#advance(now);
    this.#running--;
    if (this.#former > 0 && --this.#former === 0) this.#restart();
    if (call > this.#reached) return;
    this.#counted--;
    if (hasFailed === undefined) return;
    this.#ended++;
    if (hasFailed) this.#failed++;
    this.#sum += now - began;
    this.#squares += (now - began) ** 2;
  }

  #advance(now: number): void {
    this.#slotMs += this.#counted * Math.max(0, now - this.#clock);
    this.#clock = now;
  }

  /** More fail than at the base, and by more than chance. */
  get #isFailing(): boolean {
    const expected = this.#ended * this.#failShare;
    return this.#failed > expected + 4 * Math.sqrt(expected) + 3;
  }

  /** The window knows enough: the more its calls differ, and the smaller the step that is to be judged, the longer it is. */
  #isComplete(): boolean {
    const ended = this.#ended;
    if (this.#isFailing) return true;
    if (ended < 8 + 4 * this.limit) return false;
    const mean = this.#sum / ended;
    const variance = mean === 0 ? 0 : this.#squares / ended / mean ** 2 - 1;
    const ofFailures = (4 * this.#failed) / Math.max(1, ended - this.#failed);
    return ended >= Math.min(32 + 32 * this.limit, (variance + ofFailures) / precision / this.#distance ** 2);
  }

  /** Between the setting in force and that which it is, or will be, compared with. */
  get #distance(): number {
    const other = this.#limit === this.#base ? this.#next(this.#direction) : this.#base;
    return Math.max(leastStride, Math.abs(Math.log(other / this.#limit)));
  }

  #judge(): void {
    const isFailing = this.#isFailing || this.#failed === this.#ended;
    const failShare = this.#failed / this.#ended;
    // Successes for each millisecond of a slot, times the slots; and times the share of successes: a failure is worse than none.
    const succeeded = this.#ended - this.#failed + 0.5;
    const score = Math.log((this.limit / this.#slotMs) * succeeded * (succeeded / (this.#ended + 0.5)));
    this.#restart();
    if (score === Infinity) return;
    if (isFailing && this.#limit <= this.#base) this.#backOff(failShare);
    else if (this.#limit === this.#base) this.#rest(score, failShare);
    else this.#compare(score, failShare, isFailing);
  }

  /** Things have become worse: halves, again and again, until they have not, or until there is no less. */
  #backOff(failShare: number): void {
    const lower = this.#clamp(Math.floor(this.#limit / 2));
    if (lower === this.#limit) this.#failShare = failShare;
    this.startAt(lower);
  }

  /** A window at the base is over. */
  #rest(score: number, failShare: number): void {
    const former = this.#score ?? score;
    const change = score - former;
    if (this.#score === undefined || Math.abs(change) > this.#distance) {
      this.#score = score;
      this.#failShare = failShare;
      if (change !== 0) {
        this.#direction = change > 0 ? 1 : -1;
        this.#stride = greatestStride;
        this.#since = { [1]: Infinity, [-1]: Infinity };
        this.#isSettled = false;
      }
    } else {
      this.#score = (score + former) / 2;
      this.#failShare = (failShare + this.#failShare) / 2;
    }
    this.#since[1]++;
    this.#since[-1]++;
    this.#step();
  }

  /** A window at a neighbour of the base is over. */
  #compare(score: number, failShare: number, isFailing: boolean): void {
    const direction = this.#direction;
    const step = Math.log(this.#limit / this.#base);
    const gain = (score - (this.#score as number)) / step;
    this.#since[direction] = Infinity;
    if (direction > 0) this.#rests = isFailing || gain < -0.25 ? 1.5 * rests : rests;
    if (!isFailing && gain > worth === direction > 0) {
      // A curve that rises with the setting and then is flat has its knee here.
      const knee = Math.min(this.#limit, this.#base) * Math.exp(Math.abs(step) * Math.min(1, Math.max(0, gain)));
      this.#base = Math.round(knee) === this.#base ? this.#limit : this.#clamp(Math.round(knee));
      this.#score = this.#base === this.#limit ? score : undefined;
      this.#failShare = failShare;
      this.#stride = Math.min(greatestStride, this.#stride * 2);
      this.#isSettled = false;
    } else if (
      Math.abs(this.#limit - this.#base) > 1 &&
      (this.#stride > leastStride || (isFailing && !this.#isSettled))
    ) {
      // Where more fails there is an edge, which small steps find, too.
      this.#stride = Math.max(isFailing ? 0 : leastStride, this.#stride / 2);
    } else {
      this.#direction = direction > 0 ? -1 : 1;
      this.#since[direction] = 0;
      if (!this.#isSettled) this.#since[this.#direction] = Infinity;
      this.#isSettled = true;
      this.#stride = leastStride;
    }
    // What fails may do so at the base, too, by now.
    if (this.#score === undefined || isFailing) this.#setLimit(this.#base);
    else this.#step();
  }

  /** Goes on with a neighbour when that is due, or else with the base. */
  #step(): void {
    if (!this.#isDue(this.#direction) && this.#isDue(this.#direction > 0 ? -1 : 1)) {
      this.#direction = this.#direction > 0 ? -1 : 1;
    }
    this.#setLimit(this.#isDue(this.#direction) ? this.#next(this.#direction) : this.#base);
  }

  #isDue(direction: 1 | -1): boolean {
    const next = this.#next(direction);
    const least = direction > 0 ? this.#rests : (this.#base / next - 1) / risk;
    return direction * (next - this.#base) > 0 && this.#since[direction] >= least;
  }

  #next(direction: 1 | -1): number {
    const stride = direction > 0 ? this.#stride : Math.max(leastStride, this.#stride);
    const next = Math.round(this.#base * Math.exp(direction * stride));
    return this.#clamp(next === this.#base ? next + direction : next);
  }

  #setLimit(limit: number): void {
    if (limit === this.#limit) return;
    this.#limit = limit;
    this.#former = this.#running;
    this.#restart();
    this.#settings.onChange?.(this.limit);
  }

  #restart(): void {
    this.#slotMs = this.#ended = this.#failed = this.#sum = this.#squares = 0;
  }

  #clamp(limit: number): number {
    return Math.max(this.#settings.min, Math.min(this.#settings.max(), limit));
  }
}
