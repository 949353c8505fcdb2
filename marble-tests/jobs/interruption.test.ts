import { describe, expect, it } from 'vitest';
import { Interruption } from '../../src/node/interruption.js';

describe('signals', () => {
  it('mean stop, and then leave', () => {
    const interruption = new Interruption();
    expect(interruption.first).toBeUndefined();
    expect(interruption.signal('SIGINT')).toBe('stop');
    expect(interruption.first).toBe('SIGINT');
    interruption.echoIsOver();
    expect(interruption.signal('SIGINT')).toBe('leave');
    expect(interruption.signal('SIGTERM')).toBe('leave');
  });

  it('mean nothing when they echo the first', () => {
    const interruption = new Interruption();
    interruption.signal('SIGINT');
    expect(interruption.signal('SIGINT')).toBe('echo');
    expect(interruption.signal('SIGINT')).toBe('echo');
    interruption.echoIsOver();
    expect(interruption.signal('SIGINT')).toBe('leave');
  });

  it('of another kind are no echo', () => {
    const interruption = new Interruption();
    interruption.signal('SIGINT');
    expect(interruption.signal('SIGTERM')).toBe('leave');
    expect(interruption.first).toBe('SIGINT');
  });
});
