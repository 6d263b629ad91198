import { describe, expect, it } from 'vitest';
import { addressForOthers } from './addresses.js';

describe('the address for other machines', () => {
  it('is the one the operator came by, where others can come by it too', () => {
    expect(addressForOthers(['http://booth.local:4000', 'http://10.0.0.5:4000'])).toBe(
      'http://booth.local:4000',
    );
  });

  it('is never one that means “this machine”', () => {
    expect(addressForOthers(['http://localhost:4000', 'http://10.0.0.5:4000'])).toBe('http://10.0.0.5:4000');
    expect(addressForOthers(['http://127.0.0.1:4000'])).toBeNull();
  });
});
