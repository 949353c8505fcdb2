import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { programFile, runCommand, runProgram, type Program } from '../support/program.js';
import { quickest } from '../support/quickest.js';
import { fixture } from '../support/task-pool.js';

/** Begins a program: its pool, a gate for its tasks, and how many threads there are. */
const opening = `
  import { readdirSync } from 'node:fs';
  import { from, interval, map, takeUntil, tap } from 'rxjs';
  import { asyncMap, backgroundMap, inline } from 'rxjs-background';
  import { JobRunner, runJob, start } from 'rxjs-background/jobs';
  import { interrupted, threads } from 'rxjs-background/node';
  const gate = new Int32Array(new SharedArrayBuffer(16));
  const arrived = async (count) => {
    while (Atomics.load(gate, 0) < count) await new Promise((resolve) => setImmediate(resolve));
  };
  const threadsNow = () => readdirSync('/proc/self/task').length;
  const pool = threads(new URL(${JSON.stringify(fixture('job-tasks.mjs').href)}), { maxThreads: 3 });
  const show = (text) => process.stdout.write(text + '\\n');
  const keepAlive = () => setInterval(() => undefined, 2 ** 30);
  const before = threadsNow();
  // How long a signal may have an echo is a matter of time, of which nobody is told: this is twice as long.
  const showWhenEchoIsOver = () => setTimeout(() => setImmediate(() => show('armed')), 40);
  let signalledAt;
  // Ahead of every other listener.
  const clock = () => process.prependListener('SIGINT', () => (signalledAt ??= performance.now()))
    .prependListener('SIGTERM', () => (signalledAt ??= performance.now()));
`;

/** Two tasks that open pools of two, whose tasks never end. */
const busyNested = `items: [gate, gate], args: [1, 2]`;
const busyThreads = 2 + 2 * 2;

async function signalled(
  program: Program,
  signal: NodeJS.Signals,
): Promise<{ code: number | null; signal: NodeJS.Signals | null; output: string; ms: number }> {
  await program.shows('ready');
  const at = performance.now();
  program.kill(signal);
  const end = await program.ended;
  return { ...end, ms: performance.now() - at };
}

describe.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('%s to a program with busy loops in nested pools', (signal, exitCode) => {
  it('ends it: every worker is gone within 100 ms, what cleans up runs, and the exit code says why', async () => {
    const goneMs = await quickest(4, 100, async () => {
      const program = runProgram(`${opening}
        clock();
        process.on('exit', (code) => show('exit handler ' + code));
        void arrived(${String(busyThreads)}).then(() => show('ready'));
        try {
          await runJob({
            task: pool.tasks.spinNested,
            ${busyNested},
            handleInterrupt: async (signal) => {
              show('workers left ' + (threadsNow() - before) + ', ms ' + Math.round(performance.now() - signalledAt));
              await new Promise((resolve) => setImmediate(resolve));
              show('cleaned up after ' + signal);
            },
          });
        } finally {
          show('finally');
        }`);
      const { code, output } = await signalled(program, signal);
      expect(code, output).toBe(exitCode);
      expect(output.split('\n').slice(0, 5)).toEqual([
        'ready',
        'finally',
        expect.stringMatching(/^workers left 0, ms \d+$/),
        `cleaned up after ${signal}`,
        `exit handler ${String(exitCode)}`,
      ]);
      return Number(/ms (\d+)/.exec(output)?.[1]);
    });
    expect(goneMs).toBeLessThanOrEqual(100);
  });

  it('ends a runner’s jobs and the program in the same way', async () => {
    const program = runProgram(`${opening}
      const runner = new JobRunner({
        executor: pool,
        handleInterrupt: (signal) => show(['cleaned', signal, job.state, runner.stopped, threadsNow() - before].join(' ')),
      });
      const job = runner.start(pool.tasks.spinNested, [gate, 2, 2]);
      await arrived(1 + 2 + 4);
      show('ready');`);
    const { code, output } = await signalled(program, signal);
    expect({ code, output }).toEqual({ code: exitCode, output: `ready\ncleaned ${signal} cancelled true 0\n` });
  });

  it('is seen by interrupted(); a second one takes every worker along', async () => {
    const program = runProgram(`${opening}
      interrupted().subscribe({ next: (signal) => show('first ' + signal), complete: () => {
        show('complete');
        showWhenEchoIsOver();
      } });
      start(pool.tasks.spinNested, gate, 2, 2);
      await arrived(1 + 2 + 4);
      show('ready');`);
    await program.shows('ready');
    program.kill(signal);
    await program.shows('armed');
    const at = performance.now();
    program.kill(signal);
    const { code, output } = await program.ended;
    expect({ code, output }).toEqual({ code: exitCode, output: `ready\nfirst ${signal}\ncomplete\narmed\n` });
    expect(performance.now() - at).toBeLessThan(5000);
  });

  it('ends it by default when nobody asked for anything else', async () => {
    const program = runProgram(`${opening}
      void runJob({ task: pool.tasks.spinNested, ${busyNested} });
      await arrived(${String(busyThreads)});
      show('ready ' + process.listenerCount('SIGINT') + process.listenerCount('SIGTERM'));`);
    const end = await signalled(program, signal);
    expect(end).toMatchObject({ code: null, signal, output: 'ready 00\n' });
  });
});

describe('three busy loops and a Ctrl-C', () => {
  it('end with a code that is not 0 within a second, and no worker left', async () => {
    const endMs = await quickest(4, 1000, async () => {
      const program = runProgram(`${opening}
        void arrived(3).then(() => show('ready'));
        process.on('exit', () => show('workers ' + (threadsNow() - before)));
        await runJob({ task: pool.tasks.spin, items: [gate, gate, gate], handleInterrupt: true });`);
      const { code, ms, output } = await signalled(program, 'SIGINT');
      expect({ code, output }).toEqual({ code: 130, output: 'ready\nworkers 0\n' });
      return ms;
    });
    expect(endMs).toBeLessThanOrEqual(1000);
  });
});

describe('a second signal', () => {
  const hanging = `${opening}
    void arrived(3).then(() => show('ready'));
    await runJob({
      task: pool.tasks.spin,
      items: [gate, gate, gate],
      handleInterrupt: () => { show('cleaning'); showWhenEchoIsOver(); return new Promise(keepAlive); },
    });`;

  it('leaves at once, although cleaning up has not ended', async () => {
    const program = runProgram(hanging);
    await program.shows('ready');
    program.kill('SIGINT');
    await program.shows('armed');
    program.kill('SIGINT');
    expect(await program.ended).toMatchObject({ code: 130, output: 'ready\ncleaning\narmed\n' });
  });

  it('of the other kind does, too, with its own code', async () => {
    const program = runProgram(hanging);
    await program.shows('ready');
    program.kill('SIGINT');
    await program.shows('armed');
    program.kill('SIGTERM');
    expect(await program.ended).toMatchObject({ code: 143 });
  });

  it('that comes at once is the first one’s echo', async () => {
    const program = runProgram(`${opening}
      void arrived(3).then(() => show('ready'));
      let signals = 0;
      const echo = new Promise((resolve) => {
        process.prependListener('SIGINT', () => {
          show('signal ' + ++signals);
          if (signals === 1) process.kill(process.pid, 'SIGINT');
          else resolve();
        });
      });
      await runJob({
        task: pool.tasks.spin,
        items: [gate, gate, gate],
        handleInterrupt: async () => { await echo; show('cleaned'); },
      });`);
    const { code, output } = await signalled(program, 'SIGINT');
    expect({ code, output }).toEqual({ code: 130, output: 'ready\nsignal 1\nsignal 2\ncleaned\n' });
  });

  it('is an echo although the program was too busy to hear it in time', async () => {
    const program = runProgram(`${opening}
      let signals = 0;
      interrupted().subscribe(() => {
        process.kill(process.pid, 'SIGINT');
        // For longer than anything may be an echo that is heard in time.
        const end = performance.now() + 60;
        while (performance.now() < end);
      });
      process.on('SIGINT', () => { if (++signals === 2) process.exit(7); });
      keepAlive();
      show('ready');`);
    expect(await signalled(program, 'SIGINT')).toMatchObject({ code: 7 });
  });

  it('that npm passes on is one: a Ctrl-C in a terminal stops a script once', async () => {
    const file = programFile(`${opening}
      let signals = 0;
      process.prependListener('SIGINT', () => signals++);
      // Nobody is told whether npm's signal is still to come: two of a kind may arrive as one.
      const whenBothHaveCome = () => new Promise((resolve) => setTimeout(resolve, 200));
      void arrived(2).then(() => show('ready'));
      await runJob({
        task: pool.tasks.passGate,
        items: [gate, gate],
        handleInterrupt: async () => { await whenBothHaveCome(); show('cleaned up after ' + signals); },
      });`);
    // In a folder of its own: beside the program it would be the program's package.
    const folder = `${dirname(file)}/npm`;
    mkdirSync(folder);
    writeFileSync(`${folder}/package.json`, JSON.stringify({ type: 'module', scripts: { go: `exec node ${file}` } }));
    const npm = runCommand(['npm', 'run', '--silent', 'go'], { cwd: folder });
    await npm.shows('ready');
    npm.killGroup('SIGINT');
    const { output } = await npm.ended;
    expect(output).toMatch(/cleaned up after [12]/);
  });
});

describe('what handles an interrupt', () => {
  it('is gone when the run is over', async () => {
    const program = runProgram(`${opening}
      const listeners = () => [process.listenerCount('SIGINT'), process.listenerCount('SIGTERM')];
      const during = [];
      await runJob({ task: inline({ look: () => during.push(listeners()) }).tasks.look, items: [1, 2], handleInterrupt: true });
      const runner = new JobRunner({ handleInterrupt: true });
      const running = listeners();
      await runner.shutdown();
      const subscription = interrupted().subscribe();
      const subscribed = listeners();
      subscription.unsubscribe();
      show(JSON.stringify([during, running, subscribed, listeners()]));`);
    expect(await program.ended).toMatchObject({ code: 0, output: '[[[1,1],[1,1]],[1,1],[1,1],[0,0]]\n' });
  });

  it('need not keep the program alive: it has its exit code', async () => {
    const program = runProgram(`${opening}
      void arrived(1).then(() => show('ready'));
      await runJob({ task: pool.tasks.spin, items: [gate], handleInterrupt: () => new Promise(() => undefined) });`);
    expect(await signalled(program, 'SIGINT')).toMatchObject({ code: 130 });
  });

  it.each(['{ throw new Error("cleaning failed"); }', 'Promise.reject(new Error("cleaning failed"))'])(
    'may fail, () => %s: that is seen, and the program ends with its code nevertheless',
    async (cleaning) => {
      const program = runProgram(`${opening}
        void arrived(1).then(() => show('ready'));
        await runJob({ task: pool.tasks.spin, items: [gate], handleInterrupt: () => ${cleaning} });`);
      const { code, output } = await signalled(program, 'SIGINT');
      expect(code).toBe(130);
      expect(output).toContain('Error: cleaning failed');
    },
  );

  it('lets other errors be seen', async () => {
    const program = runProgram(`${opening}
      void arrived(1).then(() => show('ready'));
      try {
        await runJob({ task: pool.tasks.spin, items: [gate], handleInterrupt: true });
      } catch (error) {
        show(error.name + ': ' + error.message);
        throw new RangeError('in catch');
      }`);
    const { code, output } = await signalled(program, 'SIGINT');
    expect(code).toBe(130);
    expect(output).toContain('TaskCancelledError: The process was interrupted by SIGINT; this run was stopped.');
    expect(output).toContain('RangeError: in catch');
  });

  it('gives tasks a moment to end by themselves', async () => {
    const program = runProgram(`${opening}
      const here = inline({
        polite: async () => {
          const { currentTask } = await import('rxjs-background/worker');
          const { signal } = currentTask();
          show('ready');
          await new Promise((resolve) => signal.addEventListener('abort', resolve));
          show('ended politely');
        },
      });
      keepAlive();
      await runJob({ task: here.tasks.polite, items: [1], handleInterrupt: true });`);
    expect(await signalled(program, 'SIGINT')).toMatchObject({ code: 130, output: 'ready\nended politely\n' });
  });
});

describe('interrupted()', () => {
  /** A pipeline of which two calls are under way when the signal comes, and end with it; no other takes any time. */
  const pipeline = (inside: string, end: string): string => `${opening}
    const signal = new Promise((resolve) => process.once('SIGINT', resolve));
    let started = 0;
    const work = async (n) => {
      started++;
      if (n === 3) show('ready');
      if (n >= 2) await signal;
      return n;
    };
    await interval(1)
      .pipe(${inside} asyncMap(work, { concurrency: 2 }), map((n) => show('done ' + n)) ${end})
      .forEach(() => undefined);
    show('ended, started ' + started);`;

  it('right behind the source lets the rest drain', async () => {
    const { code, output } = await signalled(runProgram(pipeline('takeUntil(interrupted()),', '')), 'SIGINT');
    expect(code).toBe(0);
    const done = output.match(/done \d+/g) ?? [];
    expect(done.length).toBeGreaterThanOrEqual(4);
    expect(output).toContain(`ended, started ${String(done.length)}\n`);
  });

  it('at the end stops everything', async () => {
    const { code, output } = await signalled(runProgram(pipeline('', ', takeUntil(interrupted())')), 'SIGINT');
    expect({ code, output }).toEqual({ code: 0, output: 'done 0\ndone 1\nready\nended, started 4\n' });
  });

  it('takes other signals, and tells those who come later, too', async () => {
    const program = runProgram(`${opening}
      const stop$ = interrupted({ signals: ['SIGUSR2'] });
      stop$.subscribe((signal) => {
        stop$.subscribe((again) => show('later ' + again));
        show('first ' + signal);
        showWhenEchoIsOver();
      });
      keepAlive();
      show('ready ' + process.listenerCount('SIGINT'));`);
    await program.shows('ready 0');
    program.kill('SIGUSR2');
    await program.shows('armed');
    program.kill('SIGUSR2');
    expect(await program.ended).toMatchObject({ code: 140, output: 'ready 0\nlater SIGUSR2\nfirst SIGUSR2\narmed\n' });
  });

  it('keeps no process alive', async () => {
    const program = runProgram(`${opening}
      interrupted().subscribe();
      show('end');`);
    expect(await program.ended).toMatchObject({ code: 0, output: 'end\n' });
  });

  it.each([["['SIGNOPE']"], ["['SIGKILL']"], ["'SIGINT'"], ['[2]'], ['{}']])(
    'refuses the signals %s',
    async (signals) => {
      const program = runProgram(`${opening}
      try {
        interrupted({ signals: ${signals} });
      } catch (error) {
        show(error.message);
      }`);
      expect((await program.ended).output).toMatch(/^interrupted: signals must be /);
    },
  );
});
