import { cpus } from 'node:os';

let ofOtherProcesses = 0;

/**
 * The processor time of this process, its threads and its collector included, and of those that it ran: in milliseconds.
 */
export function processorMs() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000 + ofOtherProcesses;
}

/** @param {number} ms what a process that this one ran has used */
export function addProcess(ms) {
  ofOtherProcesses += ms;
}

/**
 * Begins to watch the machine. The function it gives tells which share of all processors' time others have used since
 * then: not a number where that cannot be known.
 */
export function watchOthers() {
  const before = { machine: machineTime(), own: processorMs() };
  return () => {
    const now = machineTime();
    const busy = now.busy - before.machine.busy;
    const others = busy - (processorMs() - before.own);
    return Math.max(0, others) / (now.all - before.machine.all);
  };
}

function machineTime() {
  let [busy, all] = [0, 0];
  for (const { times } of cpus()) {
    const { idle, user, nice, sys, irq } = times;
    busy += user + nice + sys + irq;
    all += user + nice + sys + irq + idle;
  }
  return { busy, all };
}
