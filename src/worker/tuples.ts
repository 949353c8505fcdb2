import type { OutcomesMessage, RunMessage } from './protocol.js';

// What goes to and fro all the time travels as an array: copying the names of properties takes longer than what they hold.

/** A {@link RunMessage} on its way. */
export type RunTuple = readonly [
  serial: RunMessage['serial'],
  task: RunMessage['task'],
  inputs: RunMessage['inputs'],
  index?: RunMessage['index'],
  attempt?: RunMessage['attempt'],
  rest?: RunMessage['rest'],
  rests?: RunMessage['rests'],
  isBare?: RunMessage['isBare'],
  isTimed?: RunMessage['isTimed'],
  streamAhead?: RunMessage['streamAhead'],
];

/** An {@link OutcomesMessage} on its way. */
export type OutcomesTuple = readonly [
  serial: OutcomesMessage['serial'],
  values: OutcomesMessage['values'],
  ran: OutcomesMessage['ran'],
  ms: OutcomesMessage['ms'],
  failures?: OutcomesMessage['failures'],
];

export function runTuple(message: RunMessage): RunTuple {
  const { serial, task, inputs, index, attempt, rest, rests, isBare, isTimed, streamAhead } = message;
  const isUsual = (attempt ?? rest ?? rests ?? isBare ?? isTimed ?? streamAhead) === undefined;
  if (!isUsual) return [serial, task, inputs, index, attempt, rest, rests, isBare, isTimed, streamAhead];
  return index === undefined ? [serial, task, inputs] : [serial, task, inputs, index];
}

export function runMessage(tuple: RunTuple): RunMessage {
  const [serial, task, inputs, index, attempt, rest, rests, isBare, isTimed, streamAhead] = tuple;
  return { type: 'run', serial, task, inputs, index, attempt, rest, rests, isBare, isTimed, streamAhead };
}

export function outcomesTuple({ serial, values, ran, ms, failures }: OutcomesMessage): OutcomesTuple {
  return failures === undefined ? [serial, values, ran, ms] : [serial, values, ran, ms, failures];
}

export function outcomesMessage([serial, values, ran, ms, failures]: OutcomesTuple): OutcomesMessage {
  return { type: 'outcomes', serial, values, ran, ms, failures };
}

export function isTuple<T extends readonly unknown[]>(message: object | T): message is T {
  return Array.isArray(message);
}
