import { describe, expect, it } from 'vitest';
import type { PolicyAttributes } from '../../policy/item.ts';
import { MachineDriver } from '../../test/support/machine-driver.ts';
import { testPolicy } from '../../test/support/policy.ts';

const IDENTITY = { name: 'carol@example.com', senders: ['carol@example.com'], mayBounce: false, limits: {} };
const EHLO = 'EHLO client.example\r\n';

function driverOf(
  settings: PolicyAttributes,
  items: readonly PolicyAttributes[] = [],
  isImplicitTls = true,
): MachineDriver {
  return new MachineDriver({ policy: testPolicy({ authentication: 'required', ...settings }, items), isImplicitTls });
}

describe('an assumed identity', () => {
  it('may send as who it is, and is in every event', () => {
    const driver = driverOf({});
    driver.send(EHLO);

    const isAssumed = driver.session.assumeIdentity(IDENTITY);
    driver.send('MAIL FROM:<eve@example.com>\r\nMAIL FROM:<carol@example.com>\r\n');

    expect(isAssumed).toBe(true);
    expect(driver.session.identityName).toBe('carol@example.com');
    expect(driver.replies.slice(-2).map((reply) => reply.slice(0, 3))).toEqual(['553', '250']);
    expect(driver.events.at(-1)).toMatchObject({ type: 'refusal', identity: 'carol@example.com' });
  });

  it.each([
    ['this server has no AUTH', driverOf({ authentication: 'none' }), EHLO],
    ['AUTH is off', driverOf({}, [{ item: 'command#AUTH', allowed: false }]), EHLO],
    ['AUTH needs TLS', driverOf({}, [], false), EHLO],
    ['EHLO has not come', driverOf({}), ''],
    ['a transaction is open', driverOf({ authentication: 'offered' }), `${EHLO}MAIL FROM:<a@b.example>\r\n`],
    ['all is over', driverOf({}), `${EHLO}QUIT\r\n`],
  ])('is no one where %s', (_what, driver, flight) => {
    driver.send(flight);

    expect(driver.session.assumeIdentity(IDENTITY)).toBe(false);
    expect(driver.session.identityName).toBeUndefined();
  });

  it('takes the place of no one who has logged in', () => {
    const driver = driverOf({});
    driver.send(EHLO);
    driver.session.assumeIdentity(IDENTITY);

    expect(driver.session.assumeIdentity({ ...IDENTITY, name: 'eve@example.com' })).toBe(false);
    expect(driver.session.identityName).toBe('carol@example.com');
  });

  it('is forgotten by STARTTLS', () => {
    const driver = driverOf({ authenticationRequiresTls: false }, [], false);
    driver.send(EHLO);
    driver.session.assumeIdentity(IDENTITY);

    driver.send('STARTTLS\r\n');

    expect(driver.session.identityName).toBeUndefined();
  });
});
