import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { barChart } from './chart.mjs';
import { percent } from './figures.mjs';
import { watchOthers } from './processor-time.mjs';

/** @import { Panel } from './chart.mjs' */

const root = join(import.meta.dirname, '..', '..');

/** When others use a larger share of the machine, figures are not worth keeping. */
const quiet = 0.1;

/**
 * What a benchmark has to say: printed as it comes, and with `--save` kept in `bench/results`, with its bars as a picture.
 * With `--check` a missed goal makes the exit code 1.
 */
export class Report {
  #name;
  /** @type {string[]} */
  #lines = [];
  /** @type {Panel[]} */
  #panels = [];
  #missed = 0;
  #others = watchOthers();
  #options;

  /**
   * @param {string} name
   * @param {string} question the first line: what is measured
   * @param {string[]} peers the packages that are measured beside this one
   */
  constructor(name, question, peers) {
    this.#name = name;
    const { values } = parseArgs({
      options: {
        check: { type: 'boolean', default: false },
        save: { type: 'boolean', default: false },
        rounds: { type: 'string' },
      },
    });
    const rounds = values.rounds === undefined ? undefined : Number(values.rounds);
    if (rounds !== undefined && !(Number.isSafeInteger(rounds) && rounds >= 1)) {
      console.error(`--rounds must be a whole number of at least 1, but it is '${values.rounds}'`);
      process.exit(2);
    }
    this.#options = { check: values.check, save: values.save, rounds };
    this.say(`# bench:${name}`, '', question, '', machine(), '', versions(peers));
  }

  /**
   * How many rounds to run, and for how long at most: what the benchmark says, or what the caller asks for, however long
   * that takes.
   *
   * @template {{ rounds: number, limitMs: number }} S
   * @param {S} settings
   * @returns {S}
   */
  rounds(settings) {
    const { rounds } = this.#options;
    return rounds === undefined ? settings : { ...settings, rounds, limitMs: Infinity };
  }

  /** @param {string[]} lines */
  say(...lines) {
    console.log(lines.join('\n'));
    this.#lines.push(...lines);
  }

  /**
   * @param {string} title
   * @param {string[]} head
   * @param {string[][]} rows the first column is text, the others are figures
   */
  table(title, head, rows) {
    const widths = head.map((cell, column) => Math.max(cell.length, ...rows.map((row) => (row[column] ?? '').length)));
    /** @param {string[]} row */
    const line = (row) =>
      `| ${widths.map((width, column) => (row[column] ?? '')[column === 0 ? 'padEnd' : 'padStart'](width)).join(' | ')} |`;
    const rule = `|${widths.map((width, column) => `${'-'.repeat(width + 1)}${column === 0 ? '-' : ':'}`).join('|')}|`;
    this.say('', `## ${title}`, '', line(head), rule, ...rows.map(line));
  }

  /** @param {Panel[]} panels bars, below those that there are */
  bars(...panels) {
    this.#panels.push(...panels);
  }

  /** @param {{ goal: string, met: boolean, measured: string }[]} goals */
  goals(goals) {
    this.#missed += goals.filter(({ met }) => !met).length;
    const line = (/** @type {typeof goals[number]} */ { goal, met, measured }) =>
      `- ${met ? 'met   ' : 'MISSED'} ${goal}: ${measured}`;
    this.say('', '## Goals', '', ...goals.map(line));
  }

  end() {
    const others = this.#others();
    this.say(
      '',
      `Took ${String(Math.round(performance.now() / 1000))} s.`,
      ...(others > quiet
        ? ['', `**The machine was busy: others used ${percent(others)} of it. Take these figures again.**`]
        : []),
    );
    if (this.#options.save) this.#save();
    if (this.#options.check && this.#missed > 0) process.exitCode = 1;
  }

  #save() {
    const folder = join(root, 'bench', 'results');
    mkdirSync(folder, { recursive: true });
    const [title, ...rest] = this.#lines;
    const picture = this.#panels.length === 0 ? [] : ['', `![bench:${this.#name}](${this.#name}.svg)`];
    writeFileSync(join(folder, `${this.#name}.md`), `${[title, ...picture, ...rest].join('\n')}\n`);
    if (this.#panels.length > 0) {
      writeFileSync(join(folder, `${this.#name}.svg`), barChart(`bench:${this.#name}`, machine(), this.#panels));
    }
  }
}

function machine() {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor';
  return `${String(availableParallelism())} × ${model}, ${process.platform}/${process.arch}, Node ${process.versions.node}.`;
}

/** @param {string[]} peers */
function versions(peers) {
  const own = read(join(root, 'package.json'));
  const theirs = peers.map((peer) => read(join(root, 'node_modules', peer, 'package.json')));
  return `${[own, ...theirs].map(({ name, version }) => `${name} ${version}`).join(', ')}.`;
}

/**
 * @param {string} file
 * @returns {{ name: string, version: string }}
 */
function read(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}
